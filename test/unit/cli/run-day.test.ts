import { describe, expect, test } from 'vitest';
import { inputOf, runDay } from '../../../cli/local/run-day.ts';
import type { RunSummary } from '../../../cli/local/run-job.ts';
import { JOBS } from '../../../functions/index.ts';
import type { AnyJob } from '../../../shared/job/job.ts';

describe('the days of a day’s jobs', () => {
  const clientJobs = JOBS.filter((job) => job.scope === 'client');
  const daysOf = (settings: Readonly<Record<string, string>>) =>
    new Map(clientJobs.map((job) => [job.name, inputOf(job, { client: 'shop', settings }).settings?.days]));

  test('are those asked for where actions are read, and one where another job’s folder is', () => {
    const days = daysOf({ days: '20', startDay: '15317' });
    expect(days.get('sessionitems')).toBe('20');
    expect(days.get('matrix-factorization')).toBe('20');
    expect([days.get('word2vec'), days.get('fpgrowth')]).toEqual([1, 1]);
    for (const { name, reads } of clientJobs) expect(days.get(name)).toBe(reads.includes('actions') ? '20' : 1);
  });

  test('are those of each job’s node where none are asked for', () => {
    expect([...daysOf({ startDay: '15317' }).values()]).toEqual(clientJobs.map(() => undefined));
  });
});

describe('what a job’s model comes to', () => {
  const named = (name: string, reads: string[], writes: string) => ({ ...JOBS[0], name, reads, writes }) as AnyJob;
  const jobs = [named('writer', [], 'w'), named('reader', ['w'], 'r')];
  const summary = (notActivated: string | null) => ({ notActivated }) as RunSummary;
  const outcomesOf = async (run: (job: AnyJob) => Promise<RunSummary>) =>
    (await runDay(jobs, run)).map(({ job, outcome }) => `${job} ${outcome}`);

  test('not activated: published, and read by others', async () => {
    const run = async ({ name }: AnyJob) => summary(name === 'writer' ? 'the live model is newer' : null);
    expect(await outcomesOf(run)).toEqual(['writer notActivated', 'reader done']);
  });

  test.each([
    ['BlockedModelError', 'blocked'],
    ['EmptyModelError', 'blocked'],
    ['ConfigError', 'failed'],
  ])('%s: %s, and what reads its folder is skipped', async (name, outcome) => {
    const run = async () => Promise.reject(Object.assign(new Error('no'), { name }));
    expect(await outcomesOf(run)).toEqual([`writer ${outcome}`, 'reader skipped']);
  });
});
