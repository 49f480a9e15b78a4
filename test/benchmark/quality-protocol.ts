/** What the section `quality` and its searches share: the protocol, and the evaluation of models by the job `evaluate`. */
import { type Candidate, formatCandidates } from '../../functions/evaluate/candidates.ts';
import { jobNamed } from '../../functions/index.ts';
import { type MetricsDocument, readMetrics } from '../../shared/evaluation/metrics-document.ts';
import { finishedRun, type Runner } from '../../shared/evaluation/trainings.ts';
import { BENCH } from './places.ts';
import type { Cut } from './quality-data.ts';

export const DAYS = 90;
export const HOLDOUT_DAYS = 7;
/** The number of trials of a search. A space with fewer points is tried as a whole. */
export const TRIALS = 24;
const TEST_USERS = 20_000;
const SEED = 1;

const MS_PER_DAY = 86_400_000;
/** The location of models and evaluations. */
export const ROOT = `${BENCH}quality`;

export interface Bench {
  readonly runner: Runner;
  readonly actionsRoot: string;
  readonly python: string;
}

export const cutOf = (client: string, lastDay: string): Cut => ({
  client,
  startDay: Date.parse(lastDay) / MS_PER_DAY,
  days: DAYS,
  holdoutDays: HOLDOUT_DAYS,
});

/** Scores models on the test days of a cut. */
export async function evaluate(
  { runner, actionsRoot }: Bench,
  { client, startDay, days, holdoutDays }: Cut,
  candidates: readonly Candidate[],
  cutoff: number,
): Promise<MetricsDocument> {
  const job = jobNamed('evaluate');
  const settings = {
    startDay,
    days,
    testDays: holdoutDays,
    cutoff,
    testUsers: TEST_USERS,
    seed: SEED,
    candidates: formatCandidates(candidates),
    inputPath: actionsRoot,
    outputPath: ROOT,
  };
  await finishedRun(job, { client, requestedAt: new Date().toISOString(), settings }, runner, job.name);
  return (await readMetrics(await runner.openStore(ROOT), client, startDay))!;
}
