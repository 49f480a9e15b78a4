/**
 * The live record: all that is known about the model that one runtime node of one client names. The record is a node at
 * `/all_clients/<client>/offline/_live/<runtime node>`.
 *
 * The serving system reads the runtime node alone. The record adds what a location cannot tell: the run that made the model,
 * the time of its request, and the hold on the node. An example, in which run `b` replaces run `a`:
 *
 * ```
 * node                  record
 * /m/15316-a            seq 1, live /m/15316-a, before null,        settled
 * /m/15316-a            seq 2, live /m/15317-b, before /m/15316-a,  not settled      killed here: the next command sets the node
 * /m/15317-b            seq 2, live /m/15317-b, before /m/15316-a,  not settled      killed here: the next command settles it
 * /m/15317-b            seq 2, live /m/15317-b, before /m/15316-a,  settled
 * ```
 *
 * In ZooKeeper the last line follows the first one directly, because record and node change in one transaction.
 */
import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { canonicalJson, parseJson } from '../json.ts';

/** A model that a node names. An unknown property is null, for example of a model that another system made. */
export type LiveModel = {
  /** Days since 1970-01-01 UTC. */
  readonly day: number | null;
  readonly run: string | null;
  /** ISO-8601. */
  readonly requestedAt: string | null;
  /** The location in the form that the serving system reads. */
  readonly location: string;
};

/** A location ends with `<day>` or `<day>-<run>`, below any root. */
const LAST_SEGMENT = /(?:^|\/)(\d{1,9})(?:-([0-9a-f]{16}))?\/*$/;

/**
 * Returns the model at a location that another system wrote into the node. Its request time is unknown.
 *
 * `s3n://bucket/root/shop/models/mf/15317-0123456789abcdef` has day 15317 and run `0123456789abcdef`;
 * `/old/shop/matrix-factorization/15317` has day 15317 and no run; `/best/model` has neither.
 */
export function modelAt(location: string): LiveModel {
  const [, day, run] = LAST_SEGMENT.exec(location) ?? [];
  return { day: day === undefined ? null : Number(day), run: run ?? null, requestedAt: null, location };
}

/** A hold: while it lasts, runs do not change the live model. */
export type Hold = {
  /** ISO-8601. */
  readonly since: string;
  readonly because: string;
};

/** The author of a change: a run, one of the commands, or (`elsewhere`) somebody who set the node without this project. */
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
  /** The number of the change. 0 is the model that the node named before it had a record. */
  readonly seq: number;
  /** The name of the configuration root in files that several roots share. */
  readonly root: string;
  readonly live: LiveModel | null;
  /** The data of the node before this change; null when the node did not exist. */
  readonly before: string | null;
  /** True when the node has been set to the location of `live`. */
  readonly settled: boolean;
  readonly hold: Hold | null;
  readonly change: Change;
};

/** A record in comparison with its node. */
export type RecordState =
  /** They agree. `record` is undefined when neither exists. */
  | { readonly kind: 'agreed'; readonly record: LiveRecord | undefined }
  /** The node must still be set to the record's location, and then the record must be settled. */
  | { readonly kind: 'unfinished'; readonly record: LiveRecord }
  /** The node is set, and the record must still be settled. */
  | { readonly kind: 'unsettled'; readonly record: LiveRecord }
  /** Another system set the node. `record` is the new record, with the node's location; it must still be written. */
  | { readonly kind: 'overtaken'; readonly record: LiveRecord };

/** The properties of a new record that follow neither from the node nor from the old record. */
export interface RecordContext {
  readonly root: string;
  readonly now: Date;
  /** The sequence number of a first record: 0, or the number after the history's last one. */
  readonly firstSeq: number;
}

/**
 * Compares a record with the data of its node. When they differ, the node counts, except for an unsettled record whose node
 * still has the data from before the change: that change is unfinished.
 */
export function compareWithNode(
  record: LiveRecord | undefined,
  node: string | undefined,
  { root, now, firstSeq }: RecordContext,
): RecordState {
  const location = node === undefined || node === '' ? null : node;
  if (record === undefined && location === null) return { kind: 'agreed', record };
  if (record !== undefined && (record.live?.location ?? null) === location) {
    return record.settled ? { kind: 'agreed', record } : { kind: 'unsettled', record };
  }
  if (record !== undefined && !record.settled && record.before === (node ?? null))
    return { kind: 'unfinished', record };
  return {
    kind: 'overtaken',
    record: {
      seq: record === undefined ? firstSeq : record.seq + 1,
      root: record?.root ?? root,
      live: location === null ? null : modelAt(location),
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

/** Reads a record. @param at the path of the record's node, for the message @throws ConfigError for a text that is no record */
export function parseRecord(text: string, at: string): LiveRecord {
  const parsed = recordSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    `${at} holds no live record: it was changed by hand or is torn. Remove that node: what is live is then read from the runtime node again`,
  );
}
