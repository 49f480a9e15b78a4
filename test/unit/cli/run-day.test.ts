import { describe, expect, test } from 'vitest';
import { inputOf, runDay } from '../../../cli/local/run-day.ts';
import type { RunSummary } from '../../../cli/local/run-job.ts';
import { JOBS } from '../../../functions/index.ts';
import type { AnyJob } from '../../../shared/job/job.ts';

describe("number of days that a day's jobs read", () => {
  const clientJobs = JOBS.filter((job) => job.scope === 'client');
  const daysOf = (settings: Readonly<Record<string, string>>) =>
    new Map(clientJobs.map((job) => [job.name, inputOf(job, { client: 'shop', settings }).settings?.days]));

  test('The requested days count for jobs that read actions, and all others read one day', () => {
    const days = daysOf({ days: '20', startDay: '15317' });
    expect(days.get('sessionitems')).toBe('20');
    expect(days.get('matrix-factorization')).toBe('20');
    expect([days.get('word2vec'), days.get('fpgrowth')]).toEqual([1, 1]);
    for (const { name, inputs } of clientJobs) {
      expect(days.get(name)).toBe(inputs.folders.includes('actions') ? '20' : 1);
    }
  });

  test("The days of each job's node count when none are requested", () => {
    expect([...daysOf({ startDay: '15317' }).values()]).toEqual(clientJobs.map(() => undefined));
  });
});

describe("outcomes of a day's jobs", () => {
  const named = (name: string, folders: string[], writes: string): AnyJob => ({
    ...JOBS[0]!,
    name,
    inputs: { ...JOBS[0]!.inputs, folders },
    writes,
  });
  const jobs = [named('writer', [], 'w'), named('reader', ['w'], 'r')];
  const summary = (notActivated: string | null) => ({ notActivated }) as RunSummary;
  const outcomesOf = async (run: (job: AnyJob) => Promise<RunSummary>) =>
    (await runDay(jobs, run)).map(({ job, outcome }) => `${job} ${outcome}`);

  test('A job whose settings lead it to another folder does not wait for the job that failed', async () => {
    const run = async ({ name }: AnyJob) => {
      if (name === 'writer') throw new Error('lost');
      return summary(null);
    };
    const outcomes = await runDay(jobs, run, async () => ['wishes']);
    expect(outcomes.map(({ job, outcome }) => `${job} ${outcome}`)).toEqual(['writer failed', 'reader done']);
  });

  test('A model that is published but not activated is read by other jobs', async () => {
    const run = async ({ name }: AnyJob) => summary(name === 'writer' ? 'the live model is newer' : null);
    expect(await outcomesOf(run)).toEqual(['writer notActivated', 'reader done']);
  });

  test.each([
    ['BlockedModelError', 'blocked'],
    ['EmptyModelError', 'blocked'],
    ['ConfigError', 'failed'],
  ])('A job that fails with %s is %s, and the jobs that read its folder are skipped', async (name, outcome) => {
    const run = async () => Promise.reject(Object.assign(new Error('no'), { name }));
    expect(await outcomesOf(run)).toEqual([`writer ${outcome}`, 'reader skipped']);
  });
});
