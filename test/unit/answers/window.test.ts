/** The days that a model read, and the actions of one user on them. */
import { describe, expect, test } from 'vitest';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import { readWindow, type WindowReading, windowOf } from '../../../shared/answers/window.ts';
import { actionLine } from '../../../shared/example/actions.ts';
import { partOf } from '../../../shared/shuffle/parts.ts';
import { partName } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { publishFolder } from '../../helpers/published-model.ts';

describe('the days behind a model', () => {
  const place = { store: new MemoryStore('/models'), client: 'shop' };

  test('are its own days for a job that reads actions', async () => {
    const manifest = { day: 15_317, settings: { days: 90 } };
    expect(await windowOf(manifest, jobNamed('similar-items'), JOBS, place)).toEqual({ from: 15_228, to: 15_317 });
  });

  test('are those of the sessions for a job that reads sessions', async () => {
    await publishFolder(place.store, 'shop/sessionitems/15317/', {}, { job: 'sessionitems', settings: { days: 30 } });
    const manifest = { day: 15_317, settings: { days: 1 } };
    expect(await windowOf(manifest, jobNamed('word2vec'), JOBS, place)).toEqual({ from: 15_288, to: 15_317 });
  });
});

describe('the actions of a user', () => {
  const PARTS = 3;
  const USERS = Array.from({ length: 12 }, (_, at) => at + 1);

  /** A day whose parts each have the users of their hash, and a user's line in a part where nobody looks for it. */
  async function store(): Promise<MemoryStore> {
    const made = new MemoryStore('/models');
    const parts = Array.from({ length: PARTS }, (_, part) => USERS.filter((user) => partOf(user, PARTS) === part));
    const files = parts.map((users, part) => [
      partName(part),
      users.map((user) => `${actionLine(user, 10 * user)}\n`).join(''),
    ]);
    await publishFolder(made, 'shop/actions/15317/', Object.fromEntries(files), { job: 'group-actions' });
    return made;
  }

  const read = async (input: MemoryStore, user: number | undefined): Promise<[users: number[], days: number]> => {
    const users: number[] = [];
    const reading: WindowReading = {
      store: input,
      client: 'shop',
      window: { from: 15_316, to: 15_317 },
      jobs: JOBS,
      warn: () => undefined,
      user,
    };
    const days = await readWindow(reading, (batch) => void users.push(...batch.users.subarray(0, batch.count)));
    return [users.sort((a, b) => a - b), days];
  };

  test('are read from the user’s part alone', async () => {
    for (const user of USERS) {
      const [users, days] = await read(await store(), user);
      expect(users).toEqual(USERS.filter((other) => partOf(other, PARTS) === partOf(user, PARTS)));
      expect(days).toBe(1);
    }
  });

  test('are read from all files of another system, which may put a user into any of them', async () => {
    const foreign = new MemoryStore('/models');
    for (const part of [0, 1]) await foreign.put(`shop/actions/15317/part-0000${part}`, `${actionLine(7, part)}\n`);
    expect(await read(foreign, 7)).toEqual([[7, 7], 1]);
  });

  test('are those of all users when no user is wanted', async () => {
    expect(await read(await store(), undefined)).toEqual([USERS, 1]);
  });
});
