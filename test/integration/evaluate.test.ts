/** The job `evaluate` beside the reference, which evaluates the same inputs in the obvious way. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../functions/evaluate/candidates.ts';
import { evaluate } from '../../functions/evaluate/job.ts';
import { SCORERS } from '../../functions/evaluate/scorers.ts';
import { JOBS } from '../../functions/index.ts';
import { defined } from '../../shared/defined.ts';
import { parseMetrics } from '../../shared/evaluation/metrics-document.ts';
import type { Scorer } from '../../shared/evaluation/scorer.ts';
import { writeActionLines } from '../../shared/example/actions.ts';
import { modelsNodeOf } from '../../shared/job/job.ts';
import { dayFolder, SUCCESS, versionFolder } from '../../shared/store/keys.ts';
import { sealed } from '../../shared/store/sealed.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { expectSameMetrics } from '../helpers/same-metrics.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { evaluatePlainly, type PlainCandidate, type PlainEvaluation } from '../reference/evaluation.ts';
import { ADVERSARIAL, actionLinesOf, modelFilesOf } from '../reference/evaluation-inputs.ts';

const folder = temporaryFolder();

const byJob = (a: Scorer, b: Scorer): number => (a.job < b.job ? -1 : 1);

/** The folder of a candidate's model. Variants of one job have versions with runs of their own. */
const folderOf = ({ client, day }: PlainEvaluation, { job, run }: PlainCandidate, at: number): string => {
  const { node } = SCORERS.find((scorer) => scorer.job === job)!;
  return versionFolder(client, node, day - 2 - at, run);
};

/** Returns the objects of the models, by key. */
function publishedModels(evaluation: PlainEvaluation): Record<string, Uint8Array> {
  const objects: Record<string, Uint8Array> = {};
  for (const [at, candidate] of evaluation.candidates.entries()) {
    const { files, settings } = modelFilesOf(candidate.model);
    const prefix = folderOf(evaluation, candidate, at);
    const named = Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
    for (const { name, bytes } of named) objects[prefix + name] = bytes;
    const manifest = {
      run: candidate.run,
      job: candidate.job,
      version: 1,
      client: evaluation.client,
      day: evaluation.day - 2 - at,
      settings,
      counts: {},
      files: named.map(({ name, bytes }) => ({ name, size: bytes.byteLength, sha256: '' })),
    };
    objects[prefix + SUCCESS] = Buffer.from(sealed(manifest));
  }
  return objects;
}

/** Runs the job on an input. @param shards as for `JobCloud.run` */
async function evaluated(evaluation: PlainEvaluation, inputPath: string, shards: number | 'planned') {
  const { client, day, days, testDays, cutoff, testUsers, seed, excludeUsersAbove } = evaluation;
  const candidates = evaluation.candidates.map((candidate, at) => {
    const { name, job, run, settings, clientsOwn } = candidate;
    const place = folderOf(evaluation, candidate, at);
    return defined<Candidate>({ name, job, run, day: day - 2 - at, settings, folder: place, clientsOwn });
  });
  const settings = {
    inputPath,
    days,
    testDays,
    cutoff,
    testUsers,
    seed,
    actionWeightings: evaluation.actionWeightings.map((weighting) => ({ ...weighting, maxSum: 1 })),
    candidates: JSON.stringify(candidates),
    ...defined<{ excludeUsersAbove?: number }>({ excludeUsersAbove }),
  };
  const cloud = new JobCloud({ job: evaluate, client, day, settings, before: publishedModels(evaluation) });
  await cloud.run({ shards });
  const found = await cloud.published();
  const file = (name: string) => Buffer.from(found[dayFolder(client, 'evaluation', day) + name]!);
  return { metrics: file('metrics.json'), resamples: file('resamples') };
}

test('The scorers are those that the jobs declare, and name the folders of their own jobs', () => {
  const scored = JOBS.filter(({ scorer }) => scorer !== undefined);
  expect([...SCORERS].sort(byJob)).toEqual(scored.map(({ scorer }) => scorer!).sort(byJob));
  for (const job of scored) {
    expect(job.scorer).toMatchObject({ job: job.name, node: modelsNodeOf(job), writes: job.writes });
    expect(job.scorer!.fillsTable, job.name).toBe(job.activates === undefined);
  }
});

describe.each(ADVERSARIAL)('%s', (name, evaluation) => {
  const inputPath = join(folder, name.replaceAll(' ', '-'));
  for (const [day, actions] of evaluation.actions) {
    writeActionLines(inputPath, evaluation.client, day, actionLinesOf(actions, evaluation.client), 2);
  }

  test('The metrics are those of the reference, and have the same bytes for any shards', async () => {
    const one = await evaluated(evaluation, inputPath, 1);
    expectSameMetrics(parseMetrics(one.metrics.toString(), name), evaluatePlainly(evaluation));
    for (const shards of [3, 7, 'planned'] as const) {
      const other = await evaluated(evaluation, inputPath, shards);
      expect(other.metrics.equals(one.metrics), `metrics.json for ${shards} shards`).toBe(true);
      expect(other.resamples.equals(one.resamples), `resamples for ${shards} shards`).toBe(true);
    }
  });
});
