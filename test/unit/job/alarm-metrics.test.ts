import { expect, test } from 'vitest';
import { measureTo } from '../../../shared/job/alarm-metrics.ts';

test('A metric is one line in the embedded metric format, with the environment and the job as dimensions', () => {
  const lines: string[] = [];
  const measure = measureTo(
    'prod',
    (line) => lines.push(line),
    () => new Date('2011-12-10T00:00:00Z'),
  );
  measure('oldestRun', 7);
  measure('jobsFailed', 2, 'word2vec');
  expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  const of = (name: string, unit: string, dimensions: string[]) => ({
    Timestamp: Date.UTC(2011, 11, 10),
    CloudWatchMetrics: [
      { Namespace: 'OfflineModels', Dimensions: [dimensions], Metrics: [{ Name: name, Unit: unit }] },
    ],
  });
  // Source: the specification of the embedded metric format. A dimension's value is a member of the line.
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { _aws: of('OldestRunMinutes', 'None', ['environment']), environment: 'prod', OldestRunMinutes: 7 },
    { _aws: of('JobsFailed', 'Count', ['environment', 'job']), environment: 'prod', job: 'word2vec', JobsFailed: 2 },
  ]);
});
