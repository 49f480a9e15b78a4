/**
 * Writes a sample of a client's actions into a root of its own: the same day folders with the same lines, but only of the
 * sampled users. Ordinary jobs read it as they read the client's own root. Each day is streamed, and a folder is written whole or
 * not at all, so a call that was interrupted is continued by the next one.
 */
import { readForgotten } from '../forget/forgotten-list.ts';
import { ForgottenFilter } from '../forget/forgotten-of-run.ts';
import { Handoff } from '../handoff.ts';
import { wholeManifest } from '../job/folder-state.ts';
import { dayFolders } from '../job/inputs.ts';
import type { ManifestFile } from '../job/manifest.ts';
import { etagsOf, type FolderContent, writeFolder } from '../job/publish.ts';
import type { OpenStore } from '../job/run.ts';
import { eachJoinedRecord } from '../lines/joined-records.ts';
import type { LinePosition, LineSink } from '../lines/line-sink.ts';
import { readLines } from '../lines/read-lines.ts';
import { GroupedAction } from '../model/action-grouped.ts';
import { NO_REJECTS, readActions } from '../model/read-actions.ts';
import { hashed } from '../store/body.ts';
import { ACTIONS, dayFolder, partName } from '../store/keys.ts';
import type { ObjectInfo, Store, WriteCondition } from '../store/store.ts';
import { type CountedUsers, sampleHash, UserCounter } from './user-sample.ts';

const WRITER = 'group-actions';
const NEWLINE = 0x0a;

export interface ActionDays {
  readonly client: string;
  /** The last day. */
  readonly day: number;
  readonly days: number;
  readonly skipUnfinishedDays: boolean;
}

/** The files of a client's actions. */
export interface ActionFiles extends ActionDays {
  readonly store: Store;
  readonly objects: readonly ObjectInfo[];
  readonly warnings: readonly string[];
  /** The users whose actions are in no sample; undefined when there are none. */
  readonly forgotten: ReadonlySet<number> | undefined;
}

/** Lists the files of the days. @throws NoInputError without any; UnfinishedDayError */
export async function listActions(root: string, days: ActionDays, openStore: OpenStore): Promise<ActionFiles> {
  const settings = { inputPath: root, days: days.days, skipUnfinishedDays: days.skipUnfinishedDays };
  const { objects, warnings } = await dayFolders(ACTIONS, WRITER).list({ ...days, settings, openStore });
  const store = await openStore(root);
  const { users } = await readForgotten(store, days.client);
  return { ...days, store, objects, warnings, forgotten: users.length === 0 ? undefined : new Set(users) };
}

/** Counts the users of all files, and keeps what their samples follow from. */
export async function countUsers({ store, objects, forgotten }: ActionFiles, seed: number): Promise<CountedUsers> {
  const filter = new ForgottenFilter(forgotten ?? new Set());
  const counter = new UserCounter(seed);
  for (const object of objects) {
    await readActions(store, object, NO_REJECTS, (batch) => {
      const { count, users } = forgotten === undefined ? batch : filter.keep(batch);
      for (let row = 0; row < count; row++) counter.add(users[row]!);
    });
  }
  return counter.finish();
}

export interface Sample {
  readonly seed: number;
  /** From `CountedUsers.limitOf`. */
  readonly limit: number;
  /** Names the sample, so that the folders of another one are not taken for it. */
  readonly id: string;
}

/** Writes the sample's day folders that are not whole yet. A day without an action of the sample has none. */
export async function writeSample(files: ActionFiles, sample: Sample, output: Store): Promise<void> {
  for (let day = files.day - files.days + 1; day <= files.day; day++) {
    const prefix = dayFolder(files.client, ACTIONS, day);
    const objects = files.objects.filter(({ key }) => key.startsWith(prefix));
    if (objects.length === 0 || (await wholeManifest(output, prefix))?.run === sample.id) continue;
    const lines = new KeptLines(files, objects, sample);
    if (!(await lines.begin())) continue;
    const put = async (key: string, condition: WriteCondition): Promise<ManifestFile> => {
      const { body, hash } = hashed(lines.chunks());
      await output.put(key, body, condition);
      return { name: partName(0), ...hash() };
    };
    const content: FolderContent = {
      prefix,
      // The sample belongs to nobody's request: its id alone says which one it is.
      begun: { run: sample.id, requestedAt: new Date(0).toISOString() },
      files: [{ name: partName(0), put }],
      manifest: (written) => ({
        run: sample.id,
        job: WRITER,
        version: 0,
        client: files.client,
        day,
        settings: { seed: sample.seed, usersBelow: sample.limit },
        counts: { written: lines.count },
        files: written,
      }),
    };
    await writeFolder(output, content, await etagsOf(output, prefix));
  }
}

/** The text that is collected before it is written. */
const CHUNK_BYTES = 1 << 20;

/** Reads the lines of several objects, and keeps those of the sampled users as they are. */
class KeptLines implements LineSink {
  readonly takesJoined = true;
  /** The lines that were kept. */
  count = 0;
  readonly #action = new GroupedAction();
  readonly #sample: Sample;
  readonly #forgotten: ReadonlySet<number> | undefined;
  readonly #handoff = new Handoff();
  readonly #reading: () => Promise<void>;
  #isReading: Promise<void> | undefined;
  #isPaused = false;
  #lastUser = Number.NaN;
  #isLastKept = false;
  #chunk = Buffer.allocUnsafe(2 * CHUNK_BYTES);
  #length = 0;
  readonly #record = this.line.bind(this);

  constructor({ store, forgotten }: ActionFiles, objects: readonly ObjectInfo[], sample: Sample) {
    this.#sample = sample;
    this.#forgotten = forgotten;
    this.#reading = async () => {
      for (const object of objects) await readLines(store, object, this);
    };
  }

  /** Reads until there is a chunk, or everything was read. Returns false when no line is kept. */
  async begin(): Promise<boolean> {
    this.#isReading = this.#reading();
    this.#isPaused = await this.#handoff.nextPause(this.#isReading);
    return this.count > 0;
  }

  /** Yields all kept lines, once, while the reading goes on. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const reading = this.#isReading!;
    try {
      while (this.#isPaused) {
        yield this.#take();
        this.#handoff.resume();
        this.#isPaused = await this.#handoff.nextPause(reading);
      }
      yield this.#take();
    } finally {
      this.#handoff.cancel(reading);
    }
  }

  line(buffer: Buffer, start: number, end: number, position: LinePosition): void {
    if (!this.#action.parse(buffer, start, end)) {
      // A line that is no action has no user, so no sample has it.
      eachJoinedRecord(buffer, start, end, position, this.#record);
      return;
    }
    const { user } = this.#action;
    if (user !== this.#lastUser) {
      this.#lastUser = user;
      this.#isLastKept = sampleHash(this.#sample.seed, user) < this.#sample.limit && !this.#forgotten?.has(user);
    }
    if (!this.#isLastKept) return;
    const length = this.#length + end - start + 1;
    if (length > this.#chunk.length) this.#chunk = Buffer.concat([this.#chunk], 2 * length);
    buffer.copy(this.#chunk, this.#length, start, end);
    this.#chunk[length - 1] = NEWLINE;
    this.#length = length;
    this.count++;
  }

  /** A record that is too long is no action. */
  tooLong(): void {}

  drain(): Promise<void> | undefined {
    return this.#length < CHUNK_BYTES ? undefined : this.#handoff.pause();
  }

  #take(): Uint8Array {
    const chunk = this.#chunk.subarray(0, this.#length);
    // A writer may still hold the last chunk, so the next one has memory of its own.
    this.#chunk = Buffer.allocUnsafe(this.#chunk.length);
    this.#length = 0;
    return chunk;
  }
}
