/** Runs the job in memory: its state machine over the actions of a test, in any number of shards. */

import { similarItems } from '../../../functions/similar-items/job.ts';
import { defined } from '../../../shared/defined.ts';
import { LOCAL_BUILD } from '../../../shared/job/build.ts';
import type { RunInput } from '../../../shared/job/gather.ts';
import { handlersOf } from '../../../shared/job/handlers.ts';
import { execute } from '../../../shared/job/interpreter.ts';
import { readManifest } from '../../../shared/job/manifest.ts';
import { compileStateMachine } from '../../../shared/job/state-machine.ts';
import type { JsonValue } from '../../../shared/json.ts';
import type { ReadAction } from '../../../shared/shuffle/user-actions.ts';
import { dayFolder } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

export const DAY = 15_317;

export interface Outcome {
  /** All parts joined. */
  readonly text: string;
  readonly parts: readonly string[];
  readonly counts: Readonly<Record<string, JsonValue>>;
}

const lineOf = ({ user, item, type, timeMs }: ReadAction): string =>
  `${JSON.stringify({ timestamp_utc: new Date(timeMs).toISOString(), client: 'shop', client_userid: `u${user}`, userid: user, itemid: item, client_itemid: `i${item}`, rectag: 'default', type, value: 1 })}\n`;

/** Writes the actions as a day of part files in the given order. */
export async function storeOf(actions: readonly ReadAction[], files = 7): Promise<MemoryStore> {
  const store = new MemoryStore('/memory');
  const size = Math.max(1, Math.ceil(actions.length / files));
  for (let file = 0; file * size < actions.length; file++) {
    const text = actions
      .slice(file * size, (file + 1) * size)
      .map(lineOf)
      .join('');
    await store.put(`${dayFolder('shop', 'actions', DAY)}part-0000${file}`, text);
  }
  return store;
}

/** Runs the job and returns its output. @throws the error that ends the run */
export async function similarItemsOver(
  store: MemoryStore,
  settings: Readonly<Record<string, JsonValue>>,
  shards?: number,
): Promise<Outcome> {
  const handlers = handlersOf(similarItems);
  const environment = {
    openStore: async () => store,
    openConfigRoot: async () => {
      throw new Error('nothing is configured in these tests');
    },
    log: () => undefined,
    build: LOCAL_BUILD,
  };
  const places = { startDay: DAY, inputPath: '/memory', outputPath: '/memory' };
  const input: RunInput = defined({ client: 'shop', shards, settings: { ...settings, ...places } });
  await execute(compileStateMachine(similarItems, 0, LOCAL_BUILD), input, {
    concurrency: 4,
    startTime: '2011-12-10T00:00:00Z',
    invoke: (handler, event) => handlers[handler]!(event as object, environment),
    readList: async (_bucket, key) => JSON.parse(new TextDecoder().decode((await store.get(key)).bytes)),
  });
  return await publishedIn(store);
}

/** Returns the published output. */
export async function publishedIn(store: MemoryStore): Promise<Outcome> {
  const folder = dayFolder('shop', 'item-similarity', DAY);
  const manifest = await readManifest(store, folder);
  const parts: string[] = [];
  for (const { name } of manifest?.files ?? []) {
    if (name.startsWith('part-')) parts.push(new TextDecoder().decode((await store.get(folder + name)).bytes));
  }
  return { text: parts.join(''), parts, counts: manifest?.counts ?? {} };
}
