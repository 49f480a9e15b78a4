/**
 * The mark of a table that a server reads: the table's comment names the run of the rows. A `RENAME TABLE` moves the comment
 * together with the rows, so the two always agree. The comment is JSON text:
 *
 *   {"run":"0123456789abcdef","day":15317,"requestedAt":"2011-12-10T00:00:00Z","client":"shop","at":"…","by":"run","because":null}
 *
 * Comments of earlier releases end after `requestedAt`.
 */
import * as z from 'zod';
import type { Database } from './database.ts';

export interface TableMark {
  /** The run that published the rows, 16 hexadecimal digits. */
  readonly run: string;
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  /** The time when the run was requested, ISO-8601. */
  readonly requestedAt: string;
  /** Null in a comment of an earlier release. */
  readonly client: string | null;
  /** The time when the rows became visible, ISO-8601. */
  readonly at: string | null;
  /** The action that made the rows visible: `run`, or the name of a command. */
  readonly by: string | null;
  /** The reason that was given. */
  readonly because: string | null;
}

/** The longest reason that fits into a comment of at most 2048 characters. */
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

/**
 * Reads the mark of a table. Undefined for a missing table, and for one that this project did not fill.
 * @throws as `Database.rows`
 */
export async function readMark(database: Database, table: string): Promise<TableMark | undefined> {
  const [row] = await database.rows(
    `asking whose rows ${table} holds`,
    'SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
    [table],
  );
  return parseMark(String(row?.[0] ?? ''));
}

/** Reads the mark in a comment. Undefined for a comment that this project did not write. */
export function parseMark(comment: string): TableMark | undefined {
  // Some servers add text of their own after a `;`.
  const text = comment.slice(0, comment.lastIndexOf('}') + 1);
  if (!text.startsWith('{"run":')) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // a person changed the comment
    throw error;
  }
}

export const formatMark = ({ run, day, requestedAt, client, at, by, because }: TableMark): string =>
  JSON.stringify({ run, day, requestedAt, client, at, by, because: because?.slice(0, LONGEST_REASON) ?? null });

/** Sets the comment of a table. @throws as `Database.run` */
export async function writeMark(database: Database, table: string, mark: TableMark): Promise<void> {
  await database.run(`marking ${table}`, `ALTER TABLE ?? COMMENT = ?`, [table, formatMark(mark)]);
}

/** The live table and its two helpers. */
export interface TableNames {
  /** The table that the server reads. */
  readonly live: string;
  /** The table that an upload fills. Between two uploads it holds the rows before the live ones. */
  readonly next: string;
  /** A table that exists only during the swap. */
  readonly old: string;
}

export const tableNames = (live: string): TableNames => ({ live, next: `${live}_new`, old: `${live}_old` });

/**
 * Makes the rows of the filled table visible, all at once, under this mark. When the connection is lost, the swap happened as a
 * whole or not at all, and `readMark` tells which.
 * @throws as `Database.run`
 */
export async function swapIn(database: Database, { live, next, old }: TableNames, mark: TableMark): Promise<void> {
  await writeMark(database, next, mark);
  await database.run('swapping the tables', 'RENAME TABLE ?? TO ??, ?? TO ??, ?? TO ??', [
    ...[live, old],
    ...[next, live],
    ...[old, next],
  ]);
}
