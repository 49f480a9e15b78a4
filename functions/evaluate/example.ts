/** Actions of 120 users on four days, the last of which is the test day, and a small model of every scored job. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE_CLIENT, EXAMPLE_DAY, uniform, writeActionLines } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { SUCCESS, versionFolder } from '../../shared/store/keys.ts';
import { sealed } from '../../shared/store/sealed.ts';
import type { Candidate } from './candidates.ts';
import type { evaluate } from './job.ts';
import { SCORERS } from './scorers.ts';

const TRAINING_DAYS = 3;
const USERS = 120;
const ITEMS = 60;
/** Ids above 2^33, as in other examples. */
const FIRST_ID = 2 ** 33;
const RUN = '0123456789abcdef';
const MODEL_DAY = EXAMPLE_DAY - 1;

export const example: JobExample<typeof evaluate> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof evaluate> => {
    const random = uniform(11);
    for (let day = EXAMPLE_DAY - TRAINING_DAYS; day <= EXAMPLE_DAY; day++) {
      writeActionLines(folder, EXAMPLE_CLIENT, day, linesOf(day, random), 2);
    }
    return {
      inputPath: folder,
      days: TRAINING_DAYS,
      cutoff: 5,
      testUsers: 80,
      actionWeightings: [{ actionType: 1, valuePerAction: 1, maxSum: 3 }],
      candidates: JSON.stringify(SCORERS.map(({ job }) => candidateOf(job))),
    };
  },
  published: (root) => {
    for (const { job } of SCORERS) writeModel(root, job);
  },
};

/** Returns the actions of a day. A third of them are of type 2, which is worth nothing. */
function linesOf(day: number, random: () => number): string[] {
  return Array.from({ length: 500 }, () => {
    const user = FIRST_ID + Math.floor(USERS * random() ** 2);
    const item = FIRST_ID + Math.floor(ITEMS * random() ** 2);
    const time = new Date(day * MS_PER_DAY + Math.floor(MS_PER_DAY * random())).toISOString();
    const type = random() < 1 / 3 ? 2 : 1;
    return JSON.stringify({ timestamp_utc: time, client: EXAMPLE_CLIENT, userid: user, itemid: item, type });
  });
}

const folderOf = (job: string): string => {
  const { node } = SCORERS.find((scorer) => scorer.job === job)!;
  return versionFolder(EXAMPLE_CLIENT, node, MODEL_DAY, RUN);
};

const candidateOf = (job: string): Candidate => ({
  name: job,
  job,
  run: RUN,
  day: MODEL_DAY,
  settings: SETTINGS[job] ?? {},
  folder: folderOf(job),
});

const SETTINGS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'matrix-factorization': { rank: 3 },
  word2vec: { vectorSize: 4 },
};

/** The ids of every third item are in no model. */
const MODELLED = Array.from({ length: ITEMS }, (_, item) => FIRST_ID + item).filter((_, item) => item % 3 !== 2);

/** Returns the files of a job's model, made from a seed. */
function filesOf(job: string): Readonly<Record<string, string>> {
  const random = uniform(5);
  const numbers = (count: number, separator: string) =>
    Array.from({ length: count }, () => (random() - 0.5).toFixed(3)).join(separator);
  switch (job) {
    case 'matrix-factorization': {
      const rows = (ids: readonly number[]) => ids.map((id) => `${id}|${numbers(3, ',')}\n`).join('');
      const users = Array.from({ length: USERS }, (_, user) => FIRST_ID + user).filter((_, user) => user % 4 !== 3);
      return { 'userFeatures.txt': rows(users), 'productFeatures.txt': rows(MODELLED) };
    }
    case 'word2vec': {
      const rows = MODELLED.toReversed().map((id) => `${id}|${numbers(4, '|')}\n`);
      return { 'docvectors.txt': `-vectortype REAL -dimension 4\n${rows.join('')}` };
    }
    case 'similar-items': {
      const pairs = MODELLED.flatMap((item1, at) => MODELLED.slice(at + 1, at + 6).map((item2) => ({ item1, item2 })));
      const lines = pairs.map((pair) => `${JSON.stringify({ ...pair, sim: Number(random().toFixed(4)) + 0.0001 })}\n`);
      const half = lines.length / 2;
      return { 'part-00000': lines.slice(0, half).join(''), 'part-00001': lines.slice(half).join('') };
    }
    default: {
      const rules = MODELLED.slice(2).map((item, at) => ({
        itemset: at % 2 === 0 ? [MODELLED[at]!] : [MODELLED[at]!, MODELLED[at + 1]!],
        item,
        confidence: Number(random().toFixed(3)),
        lift: Number((1 + random()).toFixed(3)),
        interest: 0.1,
      }));
      return { 'part-00000': rules.map((rule) => `${JSON.stringify(rule)}\n`).join('') };
    }
  }
}

function writeModel(root: string, job: string): void {
  const folder = join(root, folderOf(job));
  mkdirSync(folder, { recursive: true });
  const files = Object.entries(filesOf(job));
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const manifest = sealed({
    run: RUN,
    job,
    version: 1,
    client: EXAMPLE_CLIENT,
    day: MODEL_DAY,
    settings: SETTINGS[job] ?? {},
    counts: {},
    files: files.map(([name, text]) => ({ name, size: text.length, sha256: sha256(text) })),
  });
  writeFileSync(join(folder, SUCCESS), manifest);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
