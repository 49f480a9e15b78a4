/**
 * The last step of a job that writes lines by user. It writes the parts of the output, `part-NNNNN`, each by ascending user.
 *
 *   { kind: 'map', name: 'order', shards: (run) => partShards(run, cut), run: (run, part) => orderPart(run, cut, part) }
 *
 * Each shard is a part, so publishing need not join anything.
 */
import type { OutputFile, Run } from '../job/job.ts';
import type { Shard, StepObjects } from '../job/shard.ts';
import { partName } from '../store/keys.ts';
import type { SegmentFile } from '../store/segments.ts';
import { chunkBytesOf } from './least-first.ts';
import { mergeUserLines, type UserRun } from './merge-user-lines.ts';
import { bucketsOfPart, partCount } from './parts.ts';
import { userBucketCount } from './user-actions.ts';
import { type Cell, cellsIn, LINES, type LinesMeta } from './user-lines.ts';

/** A step whose shards wrote `UserLines`. */
type LinesStep = StepObjects<Shard, LinesMeta>;

/** Part `part` of `parts`. */
export type PartShard = { readonly part: number; readonly parts: number };

/** Returns the numbers of users and lines in the objects of a step whose shards wrote `UserLines`. */
export function lineCounts(files: readonly SegmentFile<LinesMeta>[]): {
  readonly users: number;
  readonly lines: number;
} {
  const cells = files.flatMap(cellsIn);
  const sum = (field: 'users' | 'lines') => cells.reduce((total, cell) => total + cell[field], 0);
  return { users: sum('users'), lines: sum('lines') };
}

/** Returns one shard for each part, at least one. @param step the step whose shards wrote `UserLines` */
export async function partShards(run: Run<unknown>, step: LinesStep): Promise<readonly PartShard[]> {
  const parts = partCount(lineCounts(await run.work.openAll(step)).lines);
  return Array.from({ length: parts }, (_, part) => ({ part, parts }));
}

/** Returns the text of one part. @param step the step whose shards wrote `UserLines` */
export async function orderPart(
  run: Run<unknown>,
  step: LinesStep,
  { part, parts }: PartShard,
): Promise<AsyncIterable<Uint8Array>> {
  const range = bucketsOfPart(part, parts, userBucketCount(run));
  const wanted: (readonly [file: SegmentFile<LinesMeta>, cell: Cell, before: Before])[] = [];
  for (const file of await run.work.openAll(step)) {
    const before = { users: 0, bytes: 0 };
    for (const cell of cellsIn(file)) {
      if (cell.from < range.to && cell.to > range.from) wanted.push([file, cell, { ...before }]);
      before.users += cell.users;
      before.bytes += cell.bytes;
    }
  }
  const runs: UserRun[] = [];
  for (const place of wanted) runs.push(await openCell(...place, chunkBytesOf(wanted.length)));
  return mergeUserLines(runs, part, parts);
}

/** The users and the bytes before a cell in its object. */
interface Before {
  readonly users: number;
  readonly bytes: number;
}

async function openCell(
  file: SegmentFile,
  { users, bytes }: Cell,
  before: Before,
  chunkBytes: number,
): Promise<UserRun> {
  const rows = { from: before.users, to: before.users + users };
  return {
    users: await LINES.readRows(file, 'users', rows),
    lengths: await LINES.readRows(file, 'lengths', rows),
    text: file.stream('text', { start: before.bytes, end: before.bytes + bytes }, { chunkBytes }),
  };
}

/** Returns the files to publish. @param step the step that ran `orderPart` */
export async function partFiles(run: Run<unknown>, step: StepObjects<PartShard>): Promise<OutputFile[]> {
  const parts = await run.work.shards(step);
  return parts.map((_, part): OutputFile => ({ name: partName(part), pieces: [{ key: run.work.key(step, part) }] }));
}
