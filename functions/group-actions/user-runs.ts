/**
 * Reads the lines of a part of grouped actions user by user, and joins parts. A part is sorted by user, so the lines of a user are
 * neighbours in it.
 */
import { Handoff } from '../../shared/handoff.ts';
import type { LineSink } from '../../shared/lines/line-sink.ts';
import { readLines } from '../../shared/lines/read-lines.ts';
import { RawAction } from '../../shared/model/action-raw.ts';
import type { ObjectInfo, Store } from '../../shared/store/store.ts';

/** The bytes of lines that are read before they are taken. */
const READ_BYTES = 1 << 20;
const NEWLINE = 0x0a;

/** Lines of one user, with their ends. A user with many lines comes in several runs, one after another. */
export interface UserRun {
  readonly user: number;
  readonly lines: Buffer;
}

/** Takes a line that is kept. The action is valid during the call only. */
export type OnAction = (action: RawAction) => void;

/** Yields the lines of the users for whom `isKept` is true. A line that is no action is kept; its user counts as NaN. */
export async function* readUserRuns(
  store: Store,
  file: ObjectInfo,
  isKept: (user: number) => boolean,
  onAction?: OnAction,
): AsyncGenerator<UserRun> {
  const action = new RawAction();
  const handoff = new Handoff();
  let runs: { user: number; pieces: Buffer[] }[] = [];
  let bytes = 0;
  const line: LineSink['line'] = (buffer, start, end) => {
    const user = action.parse(buffer, start, end) ? action.user : Number.NaN;
    if (!isKept(user)) return;
    if (!Number.isNaN(user)) onAction?.(action);
    const piece = Buffer.allocUnsafe(end - start + 1);
    buffer.copy(piece, 0, start, end);
    piece[end - start] = NEWLINE;
    bytes += piece.length;
    const last = runs.at(-1);
    if (last !== undefined && Object.is(last.user, user)) last.pieces.push(piece);
    else runs.push({ user, pieces: [piece] });
  };
  const sink: LineSink = {
    line,
    // A grouped line is never too long, so such a line is no action, and jobs reject it.
    tooLong: () => undefined,
    drain: () => (bytes < READ_BYTES ? undefined : handoff.pause()),
  };
  const reading = readLines(store, file, sink);
  const take = (): UserRun[] => {
    const taken = runs.map(({ user, pieces }) => ({ user, lines: Buffer.concat(pieces) }));
    runs = [];
    bytes = 0;
    return taken;
  };
  try {
    while (await handoff.nextPause(reading)) {
      yield* take();
      handoff.resume();
    }
    yield* take();
  } finally {
    handoff.cancel(reading);
  }
}

/** Joins runs of several parts, which no user shares, into one part in the order of the users. */
export async function* mergeUserRuns(parts: readonly AsyncGenerator<UserRun>[]): AsyncGenerator<UserRun> {
  const heads: { run: UserRun; part: AsyncGenerator<UserRun> }[] = [];
  for (const part of parts) {
    const { value, done } = await part.next();
    if (done !== true) heads.push({ run: value, part });
  }
  while (heads.length > 0) {
    const least = heads.reduce((first, head) => (head.run.user < first.run.user ? head : first));
    yield least.run;
    const { value, done } = await least.part.next();
    if (done === true) heads.splice(heads.indexOf(least), 1);
    else least.run = value;
  }
}
