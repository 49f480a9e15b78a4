/** Random calls on a store, each checked against a plain map. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { MissingObjectError, PreconditionFailedError } from '../../shared/errors.ts';
import type { ObjectInfo, Store, WriteCondition } from '../../shared/store/store.ts';

interface Model {
  readonly objects: Map<string, string>;
  readonly etags: Map<string, string>;
}

type Command = fc.AsyncCommand<Model, Store>;

/** What a conditional call asks for; `right` and `wrong` are about the ETag. */
type Wish = 'none' | 'absent' | 'right' | 'wrong';

function conditionOf(wish: Wish, model: Model, key: string): WriteCondition | undefined {
  if (wish === 'none') return undefined;
  if (wish === 'absent') return { absent: true };
  return { ifMatch: wish === 'right' ? (model.etags.get(key) ?? 'nothing') : 'wrong' };
}

/** Whether a write with this wish is made. @param there whether there is an object under its key */
const wins = (wish: Wish, there: boolean): boolean =>
  wish === 'none' || (wish === 'absent' && !there) || (wish === 'right' && there);

const putCommand = (key: string, value: string, wish: Wish): Command => ({
  check: () => true,
  async run(model, store) {
    const condition = conditionOf(wish, model, key);
    if (!wins(wish, model.objects.has(key))) {
      return void (await expect(store.put(key, value, condition)).rejects.toThrow(PreconditionFailedError));
    }
    model.etags.set(key, (await store.put(key, value, condition)).etag);
    model.objects.set(key, value);
  },
  toString: () => `put(${JSON.stringify(key)}, ${JSON.stringify(value)}, ${wish})`,
});

const deleteCommand = (key: string, wish: 'none' | 'right' | 'wrong'): Command => ({
  check: () => true,
  async run(model, store) {
    const condition = wish === 'none' ? undefined : (conditionOf(wish, model, key) as { ifMatch: string });
    if (wish === 'wrong' && model.objects.has(key)) {
      return void (await expect(store.delete(key, condition)).rejects.toThrow(PreconditionFailedError));
    }
    await store.delete(key, condition);
    model.objects.delete(key);
    model.etags.delete(key);
  },
  toString: () => `delete(${JSON.stringify(key)}, ${wish})`,
});

/** As its callers do: what the store does not link is read and put. */
const linkCommand = (pick: number, key: string, wish: Wish): Command => ({
  check: (model) => model.objects.size > 0,
  async run(model, store) {
    const from = [...model.objects.keys()][pick % model.objects.size]!;
    const condition = conditionOf(wish, model, key);
    const seen = (await store.head(from)) as ObjectInfo;
    const link = async () => {
      if (!(await store.link(seen, key, condition))) await store.put(key, store.stream(from), condition);
    };
    if (!wins(wish, model.objects.has(key)))
      return void (await expect(link()).rejects.toThrow(PreconditionFailedError));
    await link();
    model.objects.set(key, model.objects.get(from)!);
    model.etags.set(key, model.etags.get(from)!);
  },
  toString: () => `link(object ${pick}, ${JSON.stringify(key)}, ${wish})`,
});

const getCommand = (key: string, start: number, length: number): Command => ({
  check: () => true,
  async run(model, store) {
    const value = model.objects.get(key);
    const range = { start, end: start + length };
    if (value === undefined) return void (await expect(store.get(key, { range })).rejects.toThrow(MissingObjectError));
    const expected = Buffer.from(value);
    const found = await store.get(key, { range, ifMatch: model.etags.get(key)! });
    expect(Buffer.from(found.bytes)).toEqual(expected.subarray(start, start + length));
    expect(found).toMatchObject({ key, size: expected.length, etag: model.etags.get(key) });
  },
  toString: () => `get(${JSON.stringify(key)}, ${start}…${start + length})`,
});

const listCommand = (prefix: string): Command => ({
  check: () => true,
  async run(model, store) {
    const expected = [...model.objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([key, value]) => ({ key, size: Buffer.byteLength(value), etag: model.etags.get(key) }));
    const found: unknown[] = [];
    for await (const object of store.list(prefix)) found.push({ ...object });
    expect(found).toEqual(expected);
  },
  toString: () => `list(${JSON.stringify(prefix)})`,
});

/** Names of folders and of files have nothing in common, because no key is another's folder. */
const folder = fc.constantFrom('a', 'a-b', 'é', '😀');
const file = fc.constantFrom('x', 'x!', '.hidden', '_under', '\ufb00', '1 2');
const key = fc.tuple(fc.array(folder, { maxLength: 3 }), file).map(([folders, name]) => [...folders, name].join('/'));
const value = fc.string({ maxLength: 12, unit: 'binary' });

export const storeModelCommands = () =>
  fc.commands(
    [
      fc
        .tuple(key, value, fc.constantFrom<Wish>('none', 'absent', 'right', 'wrong'))
        .map((args) => putCommand(...args)),
      fc.tuple(key, value, fc.constantFrom<Wish>('none', 'absent')).map((args) => putCommand(...args)),
      fc
        .tuple(key, fc.constantFrom('none' as const, 'right' as const, 'wrong' as const))
        .map((a) => deleteCommand(...a)),
      fc
        .tuple(fc.nat(30), key, fc.constantFrom<Wish>('none', 'absent', 'right', 'wrong'))
        .map((args) => linkCommand(...args)),
      fc.tuple(key, fc.nat(6), fc.nat(6)).map((args) => getCommand(...args)),
      fc.tuple(key, fc.nat(6)).map(([from, length]) => listCommand(cut(from, length))),
    ],
    { maxCommands: 40 },
  );

/** The first characters of a key (whole ones: half a surrogate pair is no prefix). */
const cut = (text: string, length: number): string => [...text].slice(0, length).join('');
