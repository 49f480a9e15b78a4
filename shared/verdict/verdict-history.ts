/**
 * The verdicts on a model, those of blocked runs too: a list in the model's history (`<client>/models/<node>/_history.json`),
 * oldest first, beside the changes of what is live.
 */
import * as z from 'zod';
import { MissingObjectError } from '../errors.ts';
import { type DocumentKind, readDocument, updateDocument } from '../live/documents.ts';
import { historyKey } from '../live/history.ts';
import { openSealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import { GATES, type Verdict } from './verdict.ts';

/** A verdict, and the day that its run is of. */
export type DatedVerdict = Verdict & {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
};

/** Some months of days. */
const MAX_ENTRIES = 100;

const nullableNumber = z.number().nullable();
const entry = z.object({
  run: z.string(),
  day: z.number(),
  gate: z.enum(GATES),
  activate: z.boolean(),
  live: z.object({ day: z.number(), run: z.string().nullable() }).nullable(),
  verdict: z.enum(['passed', 'warned', 'blocked']).nullable(),
  checks: z.array(
    z.object({
      check: z.string(),
      verdict: z.enum(['passed', 'warned', 'blocked', 'notApplicable']),
      value: nullableNumber,
      limit: nullableNumber,
      says: z.string(),
    }),
  ),
});

interface VerdictHistory {
  readonly changes: readonly unknown[];
  readonly verdicts: readonly DatedVerdict[];
  /** What others keep here. */
  readonly [key: string]: unknown;
}

const KIND: DocumentKind<VerdictHistory> = {
  schema: z.looseObject({ changes: z.array(z.unknown()), verdicts: z.array(entry).default([]) }),
  empty: { changes: [], verdicts: [] },
  cure: 'Remove it: the history begins anew, and what is live stays.',
};

/** The verdict under a key: the first one, beside a version. Undefined where there is none. @throws DamagedObjectError */
export async function readVerdict(store: Store, key: string): Promise<Verdict | undefined> {
  try {
    return openSealed<Verdict>((await store.get(key)).bytes, `${store.root}/${key}`);
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/** @param node of the model @throws DamagedObjectError */
export async function readVerdicts(store: Store, client: string, node: string): Promise<readonly DatedVerdict[]> {
  return (await readDocument(store, historyKey(client, node), KIND)).value.verdicts;
}

/** Adds a verdict; one that a retry has just added stays alone. Resolves to all of them, oldest first. */
export async function addVerdict(
  store: Store,
  client: string,
  node: string,
  verdict: DatedVerdict,
): Promise<readonly DatedVerdict[]> {
  const changed = await updateDocument(store, historyKey(client, node), KIND, (was) =>
    isSame(was.verdicts.at(-1), verdict)
      ? undefined
      : { ...was, verdicts: [...was.verdicts, verdict].slice(-MAX_ENTRIES) },
  );
  return changed.verdicts;
}

const isSame = (last: DatedVerdict | undefined, next: DatedVerdict): boolean =>
  last !== undefined &&
  last.run === next.run &&
  last.gate === next.gate &&
  last.activate === next.activate &&
  last.verdict === next.verdict;

/** How many of the newest verdicts blocked, one run after another; a run that is asked for again counts once. */
export function blockedInARow(verdicts: readonly DatedVerdict[]): number {
  const runs = new Set<string>();
  for (const { run, verdict } of verdicts.toReversed()) {
    if (verdict !== 'blocked') break;
    runs.add(run);
  }
  return runs.size;
}

/** The newest verdict on a run; undefined where the history has none. */
export const newestOf = (verdicts: readonly DatedVerdict[], run: string): DatedVerdict | undefined =>
  verdicts.findLast((verdict) => verdict.run === run);
