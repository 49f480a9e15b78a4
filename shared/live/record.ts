/**
 * The live record: what is known about the model that one runtime node of one client names. It lies beside the node, at
 * `/all_clients/<client>/offline/_live/<runtime node>`.
 *
 * The node is what the serving system obeys; the record remembers what a location alone cannot say: which run made the
 * model, when that run was asked for, and whether somebody holds the node. Example, while run `b` takes over from run `a`:
 *
 * ```
 * node                  record
 * /m/15316-a            seq 1, live /m/15316-a, before null,        settled
 * /m/15316-a            seq 2, live /m/15317-b, before /m/15316-a,  not settled      killed here: the next command sets the node
 * /m/15317-b            seq 2, live /m/15317-b, before /m/15316-a,  not settled      killed here: the next command settles it
 * /m/15317-b            seq 2, live /m/15317-b, before /m/15316-a,  settled
 * ```
 *
 * In ZooKeeper the first and the last line follow each other directly, because record and node change in one transaction.
 */
import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import { modelAt } from './location.ts';

/** A model that a node names. What is not known is null, as it is for a model that another system made. */
export type LiveModel = {
  /** Days since 1970-01-01 UTC. */
  readonly day: number | null;
  readonly run: string | null;
  /** ISO-8601. */
  readonly requestedAt: string | null;
  /** As the serving system reads it. */
  readonly location: string;
};

/** A node that stays where it is. */
export type Hold = {
  /** ISO-8601. */
  readonly since: string;
  readonly because: string;
};

/** Who made a change: a run, one of the commands, or (`elsewhere`) somebody who set the node without this project. */
const CHANGED_BY = ['run', 'activate', 'rollback', 'hold', 'release', 'elsewhere'] as const;
export type ChangedBy = (typeof CHANGED_BY)[number];

/** The last change of a record, for the history. */
export type Change = {
  /** ISO-8601. */
  readonly when: string;
  readonly by: ChangedBy;
  readonly because: string | null;
};

export type LiveRecord = {
  /** Counts the changes. 0 is the model that a node named before there was a record. */
  readonly seq: number;
  /** Names the configuration root in files that several roots share. */
  readonly root: string;
  readonly live: LiveModel | null;
  /** What the node held before this change; null where there was no node. */
  readonly before: string | null;
  /** True when the node has been set. */
  readonly settled: boolean;
  readonly hold: Hold | null;
  readonly change: Change;
};

/** How a record and its node stand to each other. */
export type Standing =
  /** They agree. `record` is undefined where neither is there. */
  | { readonly kind: 'agreed'; readonly record: LiveRecord | undefined }
  /** The node is still to be set to the record's location, then the record is to be settled. */
  | { readonly kind: 'unfinished'; readonly record: LiveRecord }
  /** The node is set, and the record is still to say so. */
  | { readonly kind: 'unsettled'; readonly record: LiveRecord }
  /** Somebody else set the node. `record` is the one that is to be written: it takes over what the node says. */
  | { readonly kind: 'overtaken'; readonly record: LiveRecord };

/** What a new record needs to know that neither node nor record say. */
export interface RecordContext {
  readonly root: string;
  readonly now: Date;
  /** The sequence number of a first record: 0, or the one after the history's last. */
  readonly firstSeq: number;
}

/** Compares a record with its node. An unsettled record whose node is still as before is unfinished; else the node wins. */
export function standingOf(
  record: LiveRecord | undefined,
  node: string | undefined,
  { root, now, firstSeq }: RecordContext,
): Standing {
  const held = node === undefined || node === '' ? null : node;
  if (record === undefined && held === null) return { kind: 'agreed', record };
  if (record !== undefined && (record.live?.location ?? null) === held) {
    return record.settled ? { kind: 'agreed', record } : { kind: 'unsettled', record };
  }
  if (record !== undefined && !record.settled && record.before === (node ?? null))
    return { kind: 'unfinished', record };
  return {
    kind: 'overtaken',
    record: {
      seq: record === undefined ? firstSeq : record.seq + 1,
      root: record?.root ?? root,
      live: held === null ? null : modelAt(held),
      before: record?.live?.location ?? null,
      settled: true,
      hold: record?.hold ?? null,
      change: {
        when: now.toISOString(),
        by: 'elsewhere',
        because:
          record === undefined ? 'the node was set before there was a record' : 'the node was set by somebody else',
      },
    },
  };
}

const nullableText = z.string().nullable();
export const liveModelSchema = z.object({
  day: z.number().nullable(),
  run: nullableText,
  requestedAt: nullableText,
  location: z.string(),
});
export const holdSchema = z.object({ since: z.string(), because: z.string() });
export const changeSchema = z.object({ when: z.string(), by: z.enum(CHANGED_BY), because: nullableText });
export const recordSchema = z.object({
  seq: z.int().min(0),
  root: z.string(),
  live: liveModelSchema.nullable(),
  before: nullableText,
  settled: z.boolean(),
  hold: holdSchema.nullable(),
  change: changeSchema,
});

export const formatRecord = (record: LiveRecord): string => canonicalJson(record);

/** @param at the record's node, for the message. @throws ConfigError for text that is no record */
export function parseRecord(text: string, at: string): LiveRecord {
  const parsed = recordSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    `${at} holds no live record: it was changed by hand or is torn. Remove that node: what is live is then read from the runtime node again`,
  );
}

/** Undefined for a text that is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
