import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import { dayOrder, readFrom } from '../../../shared/job/day-order.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import { toyJob } from './toy-job.ts';

const job = (name: string, reads: readonly string[]): AnyJob => ({ ...toyJob, name, writes: name, reads });
const names = (waves: readonly (readonly AnyJob[])[]) => waves.map((wave) => wave.map(({ name }) => name));

describe('the order of a day', () => {
  test('is in waves: a job comes after all those that it reads from', () => {
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

  test('of no jobs is empty', () => expect(dayOrder([])).toEqual([]));

  test('with a circle is refused, naming who is in it or waits for it', () => {
    const jobs = [job('a', ['b']), job('b', ['a']), job('c', [])];
    expect(() => dayOrder(jobs)).toThrow('in a circle: a, b');
    expect(() => dayOrder([job('a', ['a'])])).toThrow('in a circle: a');
  });

  test('of any jobs without a circle has each once, after what it reads, in as few waves as may be', () => {
    // Job i reads from jobs with a smaller number only; they are given in any order.
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

  test('of the registry is possible', () => {
    expect(dayOrder(JOBS).flat()).toHaveLength(JOBS.length);
  });
});
