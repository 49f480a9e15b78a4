import { describe, expect, test } from 'vitest';
import { actionLines } from '../../../shared/example/actions.ts';
import { forgottenText } from '../../../shared/forget/forgotten-list.ts';
import { wholeManifest } from '../../../shared/job/folder-state.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { countUsers, listActions, writeSample } from '../../../shared/tuning/sample-root.ts';
import { sampleHash, UserCounter } from '../../../shared/tuning/user-sample.ts';
import { contents } from '../../helpers/store-texts.ts';

const ACTIONS = 'shop/actions/';

const SEED = 7;
const days = { client: 'shop', day: 15_317, days: 3, skipUnfinishedDays: false };

/** A root with three days, the second one without a folder, and lines that are no actions. */
async function clientRoot(): Promise<Store> {
  const store = new MemoryStore();
  const lines = actionLines({ users: 400, items: 50, actions: 6_000, parts: 1 });
  const joined = `${lines[0]}${lines[5999]}`;
  await store.put('shop/actions/15315/part-00000', `${[...lines.slice(0, 3_000), 'no action', ''].join('\n')}\n`);
  await store.put('shop/actions/15317/part-00000', `${lines.slice(3_000, 4_000).join('\r\n')}\r\n`);
  await store.put('shop/actions/15317/part-00001', [...lines.slice(4_000), joined].join('\n'));
  return store;
}

const userOf = (line: string): number => JSON.parse(line).userid;

async function sampled(share: number, output: Store = new MemoryStore()) {
  const root = await clientRoot();
  const files = await listActions('root', days, async () => root);
  const counted = await countUsers(files, SEED);
  const limit = counted.limitOf(share);
  await writeSample(files, { seed: SEED, limit, id: `s${limit}` }, output);
  return { root, output, counted, limit };
}

/** The obvious way: all lines that are actions, of the users with the smallest hashes. */
async function expectedLines(root: Store, share: number): Promise<Map<string, string[]>> {
  const byDay = new Map<string, string[]>();
  for (const [key, text] of Object.entries(await contents(root, ACTIONS))) {
    const day = key.split('/')[2]!;
    const lines = text
      .replaceAll('}{', '}\n{')
      .split(/\r?\n/)
      .filter((line) => line.startsWith('{'));
    byDay.set(day, [...(byDay.get(day) ?? []), ...lines]);
  }
  const users = [...new Set([...byDay.values()].flat().map(userOf))];
  const sorted = users.sort((a, b) => sampleHash(SEED, a) - sampleHash(SEED, b));
  const kept = new Set(sorted.slice(0, Math.ceil(share * users.length)));
  return new Map([...byDay].map(([day, lines]) => [day, lines.filter((line) => kept.has(userOf(line)))]));
}

describe('the sample of a root', () => {
  test.each([0.1, 0.317, 0.9])(
    'A share of %d has every line of the users with the smallest hashes, byte by byte',
    async (share) => {
      const { root, output } = await sampled(share);
      const expected = await expectedLines(root, share);
      const texts = await contents(output, ACTIONS);
      for (const day of ['15315', '15317']) {
        expect(texts[`${ACTIONS}${day}/part-00000`]).toBe(`${expected.get(day)!.join('\n')}\n`);
        const manifest = await wholeManifest(output, `shop/actions/${day}/`);
        expect(manifest).toMatchObject({
          job: 'group-actions',
          client: 'shop',
          counts: { written: expected.get(day)!.length },
        });
      }
      expect(Object.keys(texts).some((key) => key.includes('/15316/'))).toBe(false);
    },
  );

  test('A larger sample has all users of a smaller one', async () => {
    const users = async (share: number) => {
      const { output } = await sampled(share);
      const texts = await contents(output, ACTIONS);
      const parts = Object.entries(texts)
        .filter(([key]) => key.includes('part'))
        .flatMap(([, text]) => text.trimEnd().split('\n'));
      return new Set(parts.map(userOf));
    };
    const [small, large] = [await users(0.1), await users(0.3)];
    expect(small.size).toBe(40);
    expect(large.size).toBe(120);
    expect([...small].filter((user) => !large.has(user))).toEqual([]);
  });

  test('Forgotten users are neither counted nor in a sample', async () => {
    const root = await clientRoot();
    const users = [...(await expectedLines(root, 1)).values()].flat().map(userOf);
    const forgotten = [...new Set(users)].slice(0, 3);
    await root.put('shop/_forgotten/ids.ndjson', forgottenText(Float64Array.from(forgotten).sort()));
    const files = await listActions('root', days, async () => root);
    const counted = await countUsers(files, SEED);
    expect(counted.users).toBe(397);
    const output = new MemoryStore();
    await writeSample(files, { seed: SEED, limit: counted.limitOf(1), id: 's' }, output);
    const texts = Object.entries(await contents(output, ACTIONS)).filter(([key]) => key.includes('part'));
    const written = texts.flatMap(([, text]) => text.trimEnd().split('\n')).map(userOf);
    expect(written).toEqual(users.filter((user) => !forgotten.includes(user)));
  });

  test('Folders that are whole are not written again, and one that was interrupted is', async () => {
    const { output } = await sampled(0.2);
    const before = await contents(output, ACTIONS);
    await output.delete('shop/actions/15317/_SUCCESS');
    await output.put('shop/actions/15317/part-00000', 'torn');
    const kept = (await output.head('shop/actions/15315/_SUCCESS'))!.etag;
    await sampled(0.2, output);
    expect(await contents(output, ACTIONS)).toEqual(before);
    expect((await output.head('shop/actions/15315/_SUCCESS'))!.etag).toBe(kept);
  });
});

describe('the number of users', () => {
  test('Up to 65,536 users it is exact, also when every user comes often and in any order', () => {
    const counter = new UserCounter(SEED);
    for (let round = 0; round < 4; round++) for (let user = 1; user <= 60_000; user++) counter.add(user * 97);
    const counted = counter.finish();
    expect(counted.users).toBe(60_000);
    const limit = counted.limitOf(0.1);
    let below = 0;
    for (let user = 1; user <= 60_000; user++) if (sampleHash(SEED, user * 97) < limit) below++;
    // Two users may share a hash, and then come together.
    expect(below).toBeGreaterThanOrEqual(6_000);
    expect(below).toBeLessThan(6_003);
  });

  test('Of more users it is right within 2 %, and a sample of a tenth has at least a tenth', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const counter = new UserCounter(seed);
      const users = 300_000;
      for (let user = 1; user <= users; user++) counter.add(user);
      const counted = counter.finish();
      expect(Math.abs(counted.users / users - 1)).toBeLessThan(0.02);
      const limit = counted.limitOf(0.1);
      let below = 0;
      for (let user = 1; user <= users; user++) if (sampleHash(seed, user) < limit) below++;
      expect(below).toBeGreaterThanOrEqual(users / 10);
      expect(below).toBeLessThan(1.08 * (users / 10));
    }
  });
});
