import { expect, test } from 'vitest';
import { defined } from '../../shared/defined.ts';

interface Step {
  readonly name: string;
  readonly growth?: number;
  readonly limit?: string;
}

const stepWith = (growth?: number): Step => defined({ name: 'rate', growth, limit: undefined });
const namesOf = (step: Step | undefined): string[] => Object.keys(step ?? {});

test('Properties that are undefined are left out, and the others keep their order', () => {
  expect(Object.entries(stepWith(4))).toEqual([
    ['name', 'rate'],
    ['growth', 4],
  ]);
  expect(Object.keys(stepWith())).toEqual(['name']);
});

test('Other empty values stay, and so do properties whose key is a symbol', () => {
  const mark = Symbol('mark');
  const values = defined<{ a: null; b: number; c: string; [mark]: boolean }>({ a: null, b: 0, c: '', [mark]: false });
  expect(values).toStrictEqual({ a: null, b: 0, c: '', [mark]: false });
});

test('A misspelt property does not compile where the object is returned, passed or assigned', async () => {
  // @ts-expect-error: misspelt
  const returned = (): Step => defined({ name: 'rate', growht: 4 });
  // @ts-expect-error: misspelt
  const promised = async (): Promise<Step> => defined({ name: 'rate', growht: 4 });
  // @ts-expect-error: misspelt
  const assigned: { readonly step?: Step } = { step: defined({ name: 'rate', growht: 4 }) };
  // @ts-expect-error: misspelt
  const passed = namesOf(defined({ name: 'rate', growht: 4 }));
  // @ts-expect-error: misspelt
  const spread: Step = { name: 'rate', ...defined<Pick<Step, 'growth'>>({ growht: 4 }) };
  const all = [namesOf(returned()), namesOf(await promised()), namesOf(assigned.step), passed, namesOf(spread)];
  for (const names of all) expect(names).toEqual(['name', 'growht']);
});

test('A property that is not optional must have a value, and an object without a type does not compile', () => {
  // @ts-expect-error: the name is not optional
  const nameless: Step = defined({ name: undefined, growth: 4 });
  // @ts-expect-error: no type says which properties are allowed
  const untyped: object = [defined({ growth: 4 })];
  expect([nameless, untyped]).toEqual([{ growth: 4 }, [{ growth: 4 }]]);
});
