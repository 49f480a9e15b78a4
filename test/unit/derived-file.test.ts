/** Tests that a file derived from all jobs gains new jobs and nothing else. */
import { expect, test } from 'vitest';
import type { AnyJob } from '../../shared/job/job.ts';
import { newJobs } from '../helpers/derived-file.ts';
import { toyJob } from './job/toy-job.ts';

const job = (name: string): AnyJob => ({ ...toyJob, name });
const textOf = (jobs: readonly AnyJob[]): string => `jobs:\n${jobs.map(({ name }) => `- ${name}\n`).join('')}`;
const JOBS = ['item-counts', 'counts', 'rank'].map(job);

test('A file that only lacks new jobs has these jobs to gain', () => {
  expect(newJobs('jobs:\n- item-counts\n- rank\n', JOBS, textOf)).toEqual(['counts']);
  expect(newJobs('jobs:\n', JOBS, textOf)).toEqual(['item-counts', 'counts', 'rank']);
});

test('A file that is right, or that differs in anything else, is left to the comparison', () => {
  expect(newJobs(textOf(JOBS), JOBS, textOf)).toEqual([]);
  expect(newJobs('all jobs:\n- item-counts\n- rank\n', JOBS, textOf)).toEqual([]);
  expect(newJobs('jobs:\n- item-counts\n- rank\n- gone\n', JOBS, textOf)).toEqual([]);
});
