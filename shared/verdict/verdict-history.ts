/**
 * The verdicts on the runs of a model, including blocked runs. They are a list in the model's history
 * (`<client>/models/<node>/_history.json`), oldest first, beside the list of the changes of the live model.
 */
import * as z from 'zod';
import { MissingObjectError } from '../errors.ts';
import { type DocumentKind, readDocument, updateDocument } from '../live/documents.ts';
import { historyKey } from '../live/history.ts';
import { openSealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import { GATES, QUALITY_GATES, type Verdict } from './verdict.ts';

/** A verdict with the day of its run. */
export type DatedVerdict = Verdict & {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
};

/** About three months of daily runs. */
const MAX_ENTRIES = 100;

const nullableNumber = z.number().nullable();
const entry = z.object({
  run: z.string(),
  day: z.number(),
  gate: z.enum(GATES),
  gateQuality: z.enum(QUALITY_GATES).exactOptional(),
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
  /** Members that other modules keep in the same document. */
  readonly [key: string]: unknown;
}

const KIND: DocumentKind<VerdictHistory> = {
  schema: z.looseObject({ changes: z.array(z.unknown()), verdicts: z.array(entry).default([]) }),
  empty: { changes: [], verdicts: [] },
  cure: 'Remove it: the history begins anew, and what is live stays.',
};

/** Reads the first verdict on a run, which lies beside its version. Undefined when it is missing. @throws DamagedObjectError */
export async function readVerdict(store: Store, key: string): Promise<Verdict | undefined> {
  try {
    return openSealed<Verdict>((await store.get(key)).bytes, `${store.root}/${key}`);
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

/** Reads the verdicts on the runs of one client's model. @throws DamagedObjectError */
export async function readVerdicts(store: Store, client: string, node: string): Promise<readonly DatedVerdict[]> {
  return (await readDocument(store, historyKey(client, node), KIND)).value.verdicts;
}

/** Adds a verdict, unless a retry has just added the same one. Resolves to all verdicts, oldest first. */
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
  last.gateQuality === next.gateQuality &&
  last.activate === next.activate &&
  last.verdict === next.verdict;

/** Returns the verdicts on the last runs in a row that were blocked, oldest first. A run with several verdicts has one of them. */
export function blockedRuns(verdicts: readonly DatedVerdict[]): DatedVerdict[] {
  const last = verdicts.findLastIndex(({ verdict }) => verdict !== 'blocked');
  return [...new Map(verdicts.slice(last + 1).map((verdict) => [verdict.run, verdict])).values()];
}

/** Counts the runs in a row, from the newest one back, that were blocked. A run with several verdicts counts once. */
export const blockedInARow = (verdicts: readonly DatedVerdict[]): number => blockedRuns(verdicts).length;

/** Returns the newest verdict on a run; undefined when the history has none. */
export const newestOf = (verdicts: readonly DatedVerdict[], run: string): DatedVerdict | undefined =>
  verdicts.findLast((verdict) => verdict.run === run);
