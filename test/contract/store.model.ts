/** Random calls of a store. The result of each is compared with a map. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { MissingObjectError, PreconditionFailedError } from '../../shared/errors.ts';
import type { ObjectInfo, Store, WriteCondition } from '../../shared/store/store.ts';

interface Model {
  readonly objects: Map<string, string>;
  readonly etags: Map<string, string>;
}

type Command = fc.AsyncCommand<Model, Store>;

/** The condition of a call; `right` and `wrong` are about the ETag. */
type Precondition = 'none' | 'absent' | 'right' | 'wrong';

function conditionOf(precondition: Precondition, model: Model, key: string): WriteCondition | undefined {
  if (precondition === 'none') return undefined;
  if (precondition === 'absent') return { absent: true };
  return { ifMatch: precondition === 'right' ? (model.etags.get(key) ?? 'nothing') : 'wrong' };
}

/** True when a write with this precondition takes effect. @param exists true when the key has an object */
const holds = (precondition: Precondition, exists: boolean): boolean =>
  precondition === 'none' || (precondition === 'absent' && !exists) || (precondition === 'right' && exists);

const putCommand = (key: string, value: string, precondition: Precondition): Command => ({
  check: () => true,
  async run(model, store) {
    const condition = conditionOf(precondition, model, key);
    if (!holds(precondition, model.objects.has(key))) {
      return void (await expect(store.put(key, value, condition)).rejects.toThrow(PreconditionFailedError));
    }
    model.etags.set(key, (await store.put(key, value, condition)).etag);
    model.objects.set(key, value);
  },
  toString: () => `put(${JSON.stringify(key)}, ${JSON.stringify(value)}, ${precondition})`,
});

const deleteCommand = (key: string, precondition: 'none' | 'right' | 'wrong'): Command => ({
  check: () => true,
  async run(model, store) {
    const condition =
      precondition === 'none' ? undefined : (conditionOf(precondition, model, key) as { ifMatch: string });
    if (precondition === 'wrong' && model.objects.has(key)) {
      return void (await expect(store.delete(key, condition)).rejects.toThrow(PreconditionFailedError));
    }
    await store.delete(key, condition);
    model.objects.delete(key);
    model.etags.delete(key);
  },
  toString: () => `delete(${JSON.stringify(key)}, ${precondition})`,
});

/** Links an object as the callers of the store do: an object that the store does not link is read and put. */
const linkCommand = (pick: number, key: string, precondition: Precondition): Command => ({
  check: (model) => model.objects.size > 0,
  async run(model, store) {
    const from = [...model.objects.keys()][pick % model.objects.size]!;
    const condition = conditionOf(precondition, model, key);
    const seen = (await store.head(from)) as ObjectInfo;
    const link = async () => {
      if (!(await store.link(seen, key, condition))) await store.put(key, store.stream(from), condition);
    };
    if (!holds(precondition, model.objects.has(key)))
      return void (await expect(link()).rejects.toThrow(PreconditionFailedError));
    await link();
    model.objects.set(key, model.objects.get(from)!);
    model.etags.set(key, model.etags.get(from)!);
  },
  toString: () => `link(object ${pick}, ${JSON.stringify(key)}, ${precondition})`,
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

/** Folders and files have different names, so that no key is the folder of another key. */
const folder = fc.constantFrom('a', 'a-b', 'é', '😀');
const file = fc.constantFrom('x', 'x!', '.hidden', '_under', '\ufb00', '1 2');
const key = fc.tuple(fc.array(folder, { maxLength: 3 }), file).map(([folders, name]) => [...folders, name].join('/'));
const value = fc.string({ maxLength: 12, unit: 'binary' });

export const storeModelCommands = () =>
  fc.commands(
    [
      fc
        .tuple(key, value, fc.constantFrom<Precondition>('none', 'absent', 'right', 'wrong'))
        .map((args) => putCommand(...args)),
      fc.tuple(key, value, fc.constantFrom<Precondition>('none', 'absent')).map((args) => putCommand(...args)),
      fc
        .tuple(key, fc.constantFrom('none' as const, 'right' as const, 'wrong' as const))
        .map((a) => deleteCommand(...a)),
      fc
        .tuple(fc.nat(30), key, fc.constantFrom<Precondition>('none', 'absent', 'right', 'wrong'))
        .map((args) => linkCommand(...args)),
      fc.tuple(key, fc.nat(6), fc.nat(6)).map((args) => getCommand(...args)),
      fc.tuple(key, fc.nat(6)).map(([from, length]) => listCommand(cut(from, length))),
    ],
    { maxCommands: 40 },
  );

/** Returns the first characters of a key. It cuts no surrogate pair, because half of a pair is no valid prefix. */
const cut = (text: string, length: number): string => [...text].slice(0, length).join('');
