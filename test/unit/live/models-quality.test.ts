/** Tests what `offline models` tells of the evaluations of models. */
import { expect, test } from 'vitest';
import { readModelRows } from '../../../cli/remote/live-answers.ts';
import { modelsReport } from '../../../cli/report-live.ts';
import { JOBS } from '../../../functions/index.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { answerRequest } from '../../../shared/live/requests.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { putSteadyEvaluations } from '../../helpers/evaluations.ts';
import { putVersion, runOfDay, TEST_DAY } from '../../helpers/live.ts';

/** A published model of factors and one of tags, and evaluations of eight days. */
async function models() {
  const output = new MemoryStore('/models');
  const config = new MemoryStore('/config');
  await config.put('all_clients/shop/offline/matrix-factorization', '{}');
  await putVersion(output, { client: 'shop', node: 'mf', day: TEST_DAY });
  await putVersion(output, { client: 'shop', node: 'tagaffinity', day: TEST_DAY });
  const days = Array.from({ length: 8 }, (_, at) => TEST_DAY - 7 + at);
  await putSteadyEvaluations(output, 'shop', days, { 'matrix-factorization': 0.25 });
  return {
    output,
    ask: () =>
      answerRequest(
        { command: 'models' },
        {
          openStore: async () => output,
          openConfigRoot: async () => new FolderConfigRoot(config),
          configRoot: '/config',
          settings: {},
          jobs: JOBS,
        },
      ),
  };
}

test('models have recall with its interval, both popularities and the standing; others have no such key', async () => {
  const { ask } = await models();
  const { result, warnings } = await ask();
  const [factors, tags] = readModelRows(result);
  expect(warnings).toEqual([]);
  expect(factors).toMatchObject({
    newest: { day: TEST_DAY, run: runOfDay(TEST_DAY) },
    evaluation: {
      day: TEST_DAY,
      users: 80,
      cutoff: 20,
      change: { since: TEST_DAY - 1, recall: expect.closeTo(0, 2) },
      standing: { popularity: 'below', 'recent-popularity': 'above' },
    },
  });
  expect(factors!.evaluation!.recall.mean).toBeCloseTo(0.25, 2);
  expect(factors!.evaluation!.recall.low).toBeLessThan(factors!.evaluation!.recall.mean!);
  expect(Object.keys(tags!)).toEqual(['client', 'job', 'node', 'live', 'newest', 'verdict', 'held']);

  const report = modelsReport([factors!, tags!]);
  expect(report).toMatch(/evaluated +recall +popularity +recent popularity +change +standing/);
  expect(report).toContain('below popularity, above recent popularity');
  expect(report).toMatch(/ [+±-]0\.0\d\d +below popularity/);
  expect(report).toMatch(/0\.25\d \(0\.2\d\d to 0\.2\d\d\) +0\.30\d \(0\.\d+ to 0\.3\d\d\)/);
  expect(modelsReport([tags!])).not.toContain('recall');
});

test('a damaged evaluation is a warning, and the one before it is shown', async () => {
  const { output, ask } = await models();
  await output.put(`shop/evaluation/${TEST_DAY}/metrics.json`, '{"client":');
  const { result, warnings } = await ask();
  expect(readModelRows(result)[0]?.evaluation?.day).toBe(TEST_DAY - 1);
  expect(warnings).toEqual([expect.stringContaining('metrics.json is damaged')]);
});
