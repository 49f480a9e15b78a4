/** Everything that a report tells, read from an output root. No time of reading is in it, so the same root gives the same report. */
import { type ItemNames, readItemNames } from '../catalogue/item-names.ts';
import type { SpentRun } from '../cost/read-spent.ts';
import { readSpent } from '../cost/read-spent.ts';
import { NoInputError } from '../errors.ts';
import type { AnyJob } from '../job/job.ts';
import type { OpenStore } from '../job/run.ts';
import type { Store } from '../store/store.ts';
import { type Evaluations, readEvaluations } from './read-evaluations.ts';
import { type InputDay, type Rejects, readInput, readRejects } from './read-input.ts';
import { type Changes, readLiveModels } from './read-live.ts';
import { type MadeJob, readMade } from './read-made.ts';

export interface Facts {
  readonly client: string;
  /** The days of the report, both ends inclusive. `to` is the day that it is about. Days since 1970-01-01 UTC. */
  readonly from: number;
  readonly to: number;
  /** Ascending. They begin 7 days before `from`, so that each day has its weekday before. */
  readonly input: readonly InputDay[];
  /** The rejected lines of the newest of the days that has any. */
  readonly rejects: Rejects | undefined;
  readonly made: readonly MadeJob[];
  readonly quality: Evaluations;
  readonly changes: Changes;
  /** The accounts of the client's runs of all days up to `to`. */
  readonly spent: readonly SpentRun[];
  readonly unreadAccounts: number;
  readonly names: ItemNames;
  /** False when the report is to hold no example: no rejected line and no list of a user. */
  readonly withExamples: boolean;
  /** The facts that could not be read, in words. */
  readonly warnings: readonly string[];
}

export interface FactsRequest {
  readonly client: string;
  readonly from: number;
  readonly to: number;
  readonly jobs: readonly AnyJob[];
  /** The catalogue that has the names of items; undefined for none. */
  readonly itemsPath: string | undefined;
  readonly withExamples: boolean;
}

const WEEK = 7;

export async function readFacts(store: Store, request: FactsRequest, openStore: OpenStore): Promise<Facts> {
  const { client, from, to, jobs, itemsPath, withExamples } = request;
  const warnings: string[] = [];
  const warn = (words: string) => void warnings.push(words);
  const input = await readInput(store, client, from - WEEK, to);
  const lastRejects = input.findLast(({ day, rejected }) => day >= from && (rejected ?? 0) > 0);
  const { runs, unread } = await readSpent(store, jobs, { client, to });
  const changes = await readLiveModels(store, jobs, client, to, warn);
  return {
    client,
    from,
    to,
    input,
    rejects: lastRejects && (await readRejects(store, client, lastRejects.day)),
    made: await readMade(store, jobs, client, to, runs, warn),
    quality: await readEvaluations(store, client, { from, to }, warn),
    changes: withExamples ? changes : withoutExamples(changes),
    spent: runs,
    unreadAccounts: unread.length,
    names: withExamples ? await namesOf(changes, itemsPath, openStore, warn) : new Map(),
    withExamples,
    warnings,
  };
}

const withoutExamples = ({ recommended, ...changes }: Changes): Changes => ({
  ...changes,
  recommended: recommended && { ...recommended, examples: [] },
});

/** A catalogue that is gone is no reason for a day without a report. */
async function namesOf(
  { recommended }: Changes,
  itemsPath: string | undefined,
  openStore: OpenStore,
  warn: (words: string) => void,
): Promise<ItemNames> {
  if (itemsPath === undefined) return new Map();
  const items = recommended?.examples.flatMap(({ now, before }) => [...now, ...(before ?? [])]) ?? [];
  try {
    return await readItemNames(itemsPath, new Set(items), openStore);
  } catch (error) {
    if (!(error instanceof NoInputError)) throw error;
    warn('The catalogue with the names of the items was not found.');
    return new Map();
  }
}
