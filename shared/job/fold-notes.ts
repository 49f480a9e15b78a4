/**
 * Notes about folded runs that were too large for one process, so that a later run of this size does not fold.
 *
 * A note is an empty object whose key holds what it says, so one listing finds all notes of a job and a client:
 *
 *   folds/<run>,<bytes of text>,begun=<milliseconds since 1970>   written when a folded run begins, and removed when it ends well
 *   folds/<run>,<bytes of text>,gave-up                           written when its time or its memory was too small
 *
 * A process that is killed can write nothing, but its first note remains. The notes expire with the work area.
 */
import { foldsFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { RunRef } from './run.ts';

/** One folded run, as its note tells. */
export interface FoldNote {
  readonly run: string;
  /** The text of the run's input. */
  readonly bytes: number;
  /** Milliseconds since 1970; null when the run gave up. */
  readonly begun: number | null;
}

/** No process can still be at work after this time, because a function has at most 15 minutes. */
const LONGEST_FOLD_MS = 16 * 60_000;

/** A run folds again below this share of the size at which one gave up. */
const SAFE_SHARE = 0.5;

type Folder = Pick<RunRef, 'job' | 'client'>;

const keyOf = ({ job, client }: Folder, { run, bytes, begun }: FoldNote): string =>
  `${foldsFolder(job, client)}${run},${bytes},${begun === null ? 'gave-up' : `begun=${begun}`}`;

/** Returns the notes of a job and a client. */
export async function foldNotes(output: Store, folder: Folder): Promise<FoldNote[]> {
  const prefix = foldsFolder(folder.job, folder.client);
  const notes: FoldNote[] = [];
  for await (const { key } of output.list(prefix)) {
    const [, run, bytes, begun] = /^([0-9a-f]{16}),(\d+),(?:gave-up|begun=(\d+))$/.exec(key.slice(prefix.length)) ?? [];
    if (run !== undefined) notes.push({ run, bytes: Number(bytes), begun: begun === undefined ? null : Number(begun) });
  }
  return notes;
}

/**
 * Returns the smallest size, in bytes, at which a run gave up or was killed, if it forbids a run of `bytes` to fold; otherwise
 * undefined. The note of another run that may still be at work does not count.
 *
 * @param run the id of the run that is to be decided on. If it has begun before, it did not end well
 */
export function gaveUpAt(
  notes: readonly FoldNote[],
  run: string | null,
  bytes: number,
  now: number,
): number | undefined {
  const failed = notes.filter((note) => note.begun === null || note.run === run || now - note.begun > LONGEST_FOLD_MS);
  const smallest = Math.min(...failed.map((note) => note.bytes));
  return bytes >= SAFE_SHARE * smallest ? smallest : undefined;
}

/** Writes the note of a folded run that begins. The answer is called at its end. */
export async function noteBegin(
  output: Store,
  ref: Pick<RunRef, 'job' | 'client' | 'id'>,
  bytes: number,
  now: number,
): Promise<(end: { readonly gaveUp: boolean }) => Promise<void>> {
  const begun = keyOf(ref, { run: ref.id, bytes, begun: now });
  await output.put(begun, '');
  return async ({ gaveUp }) => {
    if (gaveUp) await output.put(keyOf(ref, { run: ref.id, bytes, begun: null }), '');
    await output.delete(begun);
  };
}
