import { describe, expect, test } from 'vitest';
import { inputOf } from '../../../cli/local/run-day.ts';
import { JOBS } from '../../../functions/index.ts';

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
