import { expect, test } from 'vitest';
import { modelsNodeOf } from '../../../shared/job/job.ts';
import { toyJob } from './toy-job.ts';

const { activates, ...withoutNode } = toyJob;
const afterPublish = { name: 'upload', memoryMb: 512, timeoutSeconds: 60, isWanted: () => true, run: async () => null };

test.each([
  ['under its runtime node, as the server knows it', toyJob, 'copy'],
  ['under its runtime node when it fills a table too', { ...toyJob, afterPublish }, 'copy'],
  ['under its own name when it fills a table and has no node', { ...withoutNode, afterPublish }, 'copy-actions'],
  ['nowhere when nothing names its output', withoutNode, undefined],
  ['nowhere when it runs for all clients', { ...toyJob, scope: 'logs' as const }, undefined],
])('A job keeps the versions of its model %s', (_where, job, node) => {
  expect(activates).toBe('copy');
  expect(modelsNodeOf(job)).toBe(node);
});
