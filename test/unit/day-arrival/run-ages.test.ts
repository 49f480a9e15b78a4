import { describe, expect, test } from 'vitest';
import { machineBeside, measureAges, type RunWatch } from '../../../functions/day-arrival/run-ages.ts';
import type { RunningExecution } from '../../../shared/job/executions.ts';

const NOW = new Date('2011-12-10T12:00:00Z');

async function measured(running: Readonly<Record<string, readonly RunningExecution[]>>) {
  const metrics: unknown[] = [];
  const lines: string[] = [];
  const watch: RunWatch = {
    listRunning: async (machine) => [...(running[machine] ?? [])],
    machines: ['daily', 'word2vec', 'fpgrowth'],
    slowAfterMinutes: 180,
    now: () => NOW,
    log: (_level, line) => void lines.push(line),
    measure: (...metric) => void metrics.push(metric),
  };
  await measureAges(watch);
  return { metrics, lines };
}

const since = (arn: string, time: string): RunningExecution => ({ arn, since: new Date(`2011-12-10T${time}Z`) });

describe('ages of runs', () => {
  test('The oldest run of all machines is measured while it runs, and slow ones are named', async () => {
    const { metrics, lines } = await measured({
      daily: [since('arn:daily-1', '09:00:00'), since('arn:daily-2', '09:00:01')],
      word2vec: [since('arn:word2vec-1', '08:30:30'), since('arn:word2vec-2', '11:59:00')],
    });
    expect(metrics).toEqual([['oldestRun', 209]]);
    expect(lines).toEqual([
      'arn:daily-1 has been running for 180 minutes, and 180 should be enough',
      'arn:word2vec-1 has been running for 209 minutes, and 180 should be enough',
    ]);
  });

  test('When nothing runs, the age is 0', async () => {
    expect(await measured({})).toEqual({ metrics: [['oldestRun', 0]], lines: [] });
  });
});

test('The machines of an environment differ in the component', () => {
  const daily = 'arn:aws:states:eu-west-1:123456789012:stateMachine:offline-daily-daily';
  expect(machineBeside(daily, 'daily', 'word2vec')).toBe(daily.replace(/daily$/, 'word2vec'));
  expect(() => machineBeside('arn:x', 'daily', 'word2vec')).toThrow('arn:x is not the machine of daily');
});
