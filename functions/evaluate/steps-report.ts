/** `report` writes the two files of the output. */

import { defined } from '../../shared/defined.ts';
import { METRICS, type MetricsDocument } from '../../shared/evaluation/metrics-document.ts';
import {
  type EvaluationFacts,
  metricsOfSums,
  NO_TEST_USER,
  type ScorerFacts,
} from '../../shared/evaluation/metrics-of-sums.ts';
import { BASELINES } from '../../shared/evaluation/resample-sums.ts';
import { RESAMPLES_FILE, resamplesFile } from '../../shared/evaluation/resamples-file.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { MapStep } from '../../shared/job/job.ts';
import type { Body } from '../../shared/store/store.ts';
import { candidatesOf } from './candidates.ts';
import { isTestInput, testDaysOf, trainingDaysOf } from './days.ts';
import type { EvaluationRun, EvaluationSettings } from './settings.ts';
import { readChosenMeta } from './steps-choose.ts';
import { readListCounts, readSums } from './steps-score.ts';

type ReportShard = { readonly file: string };

export const report: MapStep<EvaluationSettings, ReportShard> = {
  kind: 'map',
  name: 'report',
  memoryMb: 1769,
  timeoutSeconds: 900,
  publishes: true,
  shards: async () => [{ file: METRICS }, { file: RESAMPLES_FILE }],
  run: (run, { file }) => (file === METRICS ? metricsText(run) : resamples(run)),
};

async function metricsText(run: EvaluationRun): Promise<Body> {
  const document: MetricsDocument = metricsOfSums(await factsOf(run), await readSums(run));
  return Buffer.from(`${JSON.stringify(document, undefined, 1)}\n`);
}

async function resamples(run: EvaluationRun): Promise<Body> {
  return resamplesFile(await readSums(run), run.settings);
}

async function factsOf(run: EvaluationRun): Promise<EvaluationFacts> {
  const { items, pairs } = await readChosenMeta(run);
  const scorers: ScorerFacts[] = [];
  for (const { day: _day, folder: _folder, ...candidate } of candidatesOf(run.settings)) {
    scorers.push(defined<ScorerFacts>({ ...candidate, ...(await readListCounts(run, candidate.name)) }));
  }
  for (const name of BASELINES) {
    scorers.push({ name, job: null, run: null, settings: {}, ...(await readListCounts(run, name)) });
  }
  return defined<EvaluationFacts>({
    client: run.client as string,
    train: trainingDaysOf(run.settings, run.day),
    test: testDaysOf(run.settings, run.day),
    cutoff: run.settings.cutoff,
    knownItems: items,
    pairs,
    scorers,
    reason: await reasonOf(run),
  });
}

/** Returns why there is no scorer, in words; undefined when there are test users. */
export async function reasonOf(run: EvaluationRun): Promise<string | undefined> {
  const training = trainingDaysOf(run.settings, run.day);
  const test = testDaysOf(run.settings, run.day);
  if (candidatesOf(run.settings).length === 0) {
    return `no model is there to evaluate: none is live or published with a day before ${dayInWords(test.from)}`;
  }
  if (run.inputs.every(({ key }) => isTestInput(key, test))) {
    return `no training day has actions: ${dayInWords(training.from)} to ${dayInWords(training.to)}`;
  }
  return (await readChosenMeta(run)).users === 0 ? NO_TEST_USER : undefined;
}
