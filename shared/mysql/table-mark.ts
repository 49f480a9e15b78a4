/**
 * Whose rows a table holds that a server reads: said by the table's comment, which a `RENAME TABLE` moves along with the
 * rows, so the two never disagree. The comment is JSON text:
 *
 *   {"run":"0123456789abcdef","day":15317,"requestedAt":"2011-12-10T00:00:00Z","client":"shop","at":"…","by":"run","because":null}
 *
 * Comments of earlier versions end after `requestedAt`.
 */
import * as z from 'zod';
import type { Database } from './database.ts';

export interface TableMark {
  /** The run whose published rows these are, 16 hex digits. */
  readonly run: string;
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  /** When the run was asked for, ISO-8601. */
  readonly requestedAt: string;
  /** Null where an earlier version wrote the comment. */
  readonly client: string | null;
  /** When the rows became visible, ISO-8601. */
  readonly at: string | null;
  /** What made them visible: `run`, or the name of a command. */
  readonly by: string | null;
  /** What was given as the reason. */
  readonly because: string | null;
}

/** A comment has at most 2048 characters: what is left of them for the reason. */
const LONGEST_REASON = 1_000;

const nullable = z.string().nullable().default(null);
const schema = z.object({
  run: z.string(),
  day: z.number(),
  requestedAt: z.string(),
  client: nullable,
  at: nullable,
  by: nullable,
  because: nullable,
});

/** Undefined where there is no such table, and for a table that we have not filled. @throws as `Database.rows` */
export async function readMark(database: Database, table: string): Promise<TableMark | undefined> {
  const [row] = await database.rows(
    `asking whose rows ${table} holds`,
    'SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
    [table],
  );
  return parseMark(String(row?.[0] ?? ''));
}

/** Undefined for a comment that we have not written. */
export function parseMark(comment: string): TableMark | undefined {
  // Some servers add words of their own behind a `;`.
  const text = comment.slice(0, comment.lastIndexOf('}') + 1);
  if (!text.startsWith('{"run":')) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // changed by hand: it says nothing any more
    throw error;
  }
}

export const formatMark = ({ run, day, requestedAt, client, at, by, because }: TableMark): string =>
  JSON.stringify({ run, day, requestedAt, client, at, by, because: because?.slice(0, LONGEST_REASON) ?? null });

/** @throws as `Database.run` */
export async function writeMark(database: Database, table: string, mark: TableMark): Promise<void> {
  await database.run(`marking ${table}`, `ALTER TABLE ?? COMMENT = ?`, [table, formatMark(mark)]);
}

/** The live table and its two helpers. */
export interface TableNames {
  /** What the server reads. */
  readonly live: string;
  /** What is filled; between two uploads it holds the rows before the live ones. */
  readonly next: string;
  /** There during the swap alone. */
  readonly old: string;
}

export const tableNames = (live: string): TableNames => ({ live, next: `${live}_new`, old: `${live}_old` });

/**
 * Makes the rows of the filled table visible, all at once, under this mark. A statement that is cut off is done or not done:
 * `readMark` tells. @throws as `Database.run`
 */
export async function swapIn(database: Database, { live, next, old }: TableNames, mark: TableMark): Promise<void> {
  await writeMark(database, next, mark);
  await database.run('swapping the tables', 'RENAME TABLE ?? TO ??, ?? TO ??, ?? TO ??', [
    ...[live, old],
    ...[next, live],
    ...[old, next],
  ]);
}
