import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import { dayOrder, jobsOfDay, readFrom } from '../../../shared/job/day-order.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import { toyJob } from './toy-job.ts';

const job = (name: string, reads: readonly string[]): AnyJob => ({
  ...toyJob,
  name,
  writes: name,
  inputs: { ...toyJob.inputs, folders: reads },
});
const names = (waves: readonly (readonly AnyJob[])[]) => waves.map((wave) => wave.map(({ name }) => name));

describe('the order of jobs in a day', () => {
  test('A job comes in a wave after all jobs whose output it reads', () => {
    const jobs = [
      job('word2vec', ['sessionitems']),
      job('mf', ['actions']),
      job('fpgrowth', ['baskets']),
      job('sessionitems', ['actions']),
      job('baskets', ['actions']),
    ];
    expect(names(dayOrder(jobs))).toEqual([
      ['mf', 'sessionitems', 'baskets'],
      ['word2vec', 'fpgrowth'],
    ]);
    expect(names(dayOrder([...jobs, job('actions', [])]))).toEqual([
      ['actions'],
      ['mf', 'sessionitems', 'baskets'],
      ['word2vec', 'fpgrowth'],
    ]);
  });

  test('A job comes before the jobs that it accompanies, and is part of a day without a node of its own', () => {
    const models = ['mf', 'word2vec'];
    const companion: AnyJob = { ...job('companion', ['actions']), accompanies: ({ name }) => models.includes(name) };
    const jobs = [...models.map((name) => job(name, ['actions'])), job('sessionitems', ['actions']), companion];
    expect(names(dayOrder(jobs))).toEqual([['sessionitems', 'companion'], models]);
    const ofDay = (...nodes: string[]) => jobsOfDay(jobs, new Set(nodes)).map(({ name }) => name);
    expect(ofDay('mf')).toEqual(['mf', 'companion']);
    expect(ofDay('sessionitems')).toEqual(['sessionitems']);
    expect(ofDay('companion')).toEqual(['companion']);
    expect(ofDay()).toEqual([]);
    const circle: AnyJob = { ...job('circle', ['mf']), accompanies: ({ name }) => name === 'mf' };
    expect(() => dayOrder([...jobs, circle])).toThrow('in a circle: mf, circle');
  });

  test('The order of an empty list of jobs is empty', () => expect(dayOrder([])).toEqual([]));

  test('A circle is refused, and the error names the jobs that are in it or wait for it', () => {
    const jobs = [job('a', ['b']), job('b', ['a']), job('c', [])];
    expect(() => dayOrder(jobs)).toThrow('in a circle: a, b');
    expect(() => dayOrder([job('a', ['a'])])).toThrow('in a circle: a');
  });

  test('Any jobs without a circle come once each, after their sources, in as few waves as possible', () => {
    // Job i reads only from jobs with a smaller number. The jobs are given in any order.
    const someJobs = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { maxLength: 9 })
      .map((reads) => reads.map((of, i) => job(`${i}`, i === 0 ? [] : of.map((n) => `${n % i}`))))
      .chain((jobs) => fc.shuffledSubarray(jobs, { minLength: jobs.length }));
    fc.assert(
      fc.property(someJobs, (jobs) => {
        const waves = dayOrder(jobs);
        expect(waves.flat().length).toBe(jobs.length);
        for (const [at, wave] of waves.entries()) {
          for (const one of wave) {
            const before = readFrom(one, jobs).map((source) => waves.findIndex((other) => other.includes(source)));
            expect(Math.max(-1, ...before)).toBe(at - 1);
          }
        }
      }),
    );
  });

  test('The registered jobs have an order', () => {
    expect(dayOrder(JOBS).flat()).toHaveLength(JOBS.length);
  });
});
