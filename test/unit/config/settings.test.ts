import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { commonSettings } from '../../../shared/config/common-settings.ts';
import {
  choice,
  choices,
  day,
  flag,
  integer,
  integerList,
  number,
  records,
  text,
} from '../../../shared/config/settings.ts';
import { decidingSettings, maskSettings, settingsTable } from '../../../shared/config/settings-readings.ts';

const parsed = (schema: z.core.$ZodType, value: unknown): unknown => {
  const result = z.safeParse(schema, value);
  return result.success ? result.data : 'refused';
};

const meaning = 'm';

describe('values of settings', () => {
  const rank = integer({ default: 30, min: 1, max: 256, meaning });
  test.each([
    [5, 5],
    ['5', 5],
    [' 30 ', 30],
    ['1e2', 100],
    ['30.0', 30],
    ['1.5', 'refused'],
    [1.5, 'refused'],
    ['', 'refused'],
    ['0x10', 'refused'],
    ['Infinity', 'refused'],
    [0, 'refused'],
    [257, 'refused'],
    [true, 'refused'],
    [null, 'refused'],
    [[5], 'refused'],
    [undefined, 30],
  ])('An integer from 1 to 256 reads %j as %j', (value, expected) => expect(parsed(rank, value)).toBe(expected));

  const lambda = number({ default: 0.01, above: 0, meaning });
  test.each([
    ['0.5', 0.5],
    ['.5', 0.5],
    ['-1', 'refused'],
    [0, 'refused'],
    ['1e999', 'refused'],
    [Number.NaN, 'refused'],
  ])('A number above 0 reads %j as %j', (value, expected) => expect(parsed(lambda, value)).toBe(expected));

  test.each([
    ['false', false],
    [' TRUE ', true],
    [true, true],
    ['yes', 'refused'],
    [1, 'refused'],
  ])('A flag reads %j as %j', (value, expected) =>
    expect(parsed(flag({ default: false, meaning }), value)).toBe(expected),
  );

  test.each([
    ['1, 2', [1, 2]],
    [3, [3]],
    [
      [1, '2'],
      [1, 2],
    ],
    ['[4,5]', [4, 5]],
    [' ', []],
    ['1,,2', 'refused'],
    ['[4,', 'refused'],
    [undefined, []],
  ])('A list of integers reads %j as %j', (value, expected) =>
    expect(parsed(integerList({ default: [], meaning }), value)).toEqual(expected),
  );

  test.each([
    ['red, blue', ['red', 'blue']],
    ['red', ['red']],
    [['blue'], ['blue']],
    ['["red"]', ['red']],
    [' ', []],
    ['red,,blue', 'refused'],
    ['green', 'refused'],
    [undefined, ['red']],
  ])('A list of words reads %j as %j', (value, expected) =>
    expect(parsed(choices(['red', 'blue'], { default: ['red'], meaning }), value)).toEqual(expected),
  );

  const weightings = records(
    { actionType: integer({ required: true, meaning }), value: number({ default: 1, meaning }) },
    { default: [{ actionType: 1, value: 1 }], meaning },
  );
  test.each([
    [[{ actionType: '2', value: '0.5' }], [{ actionType: 2, value: 0.5 }]],
    ['[{"actionType":2}]', [{ actionType: 2, value: 1 }]],
    [undefined, [{ actionType: 1, value: 1 }]],
    [[{}], 'refused'],
    [{ actionType: 2 }, 'refused'],
  ])('A list of records reads %j as %j', (value, expected) => expect(parsed(weightings, value)).toEqual(expected));

  test('A text may be empty only where this is allowed', () => {
    expect(parsed(text({ required: true, meaning }), '')).toBe('refused');
    expect(parsed(text({ default: '', mayBeEmpty: true, meaning }), '')).toBe('');
    expect(parsed(choice(['exact', 'pcg'], { default: 'exact', meaning }), ' pcg ')).toBe('pcg');
  });
});

describe('A default outside of its range is refused when the setting is declared', () => {
  test.each<[string, () => unknown, string]>([
    [
      'an integer',
      () => integer({ default: 0, min: 1, meaning }),
      'the default 0, and it must be an integer at least 1',
    ],
    ['a fraction', () => integer({ default: 0.5, meaning }), 'the default 0.5, and it must be an integer'],
    [
      'a number',
      () => number({ default: 2, above: 0, max: 1, meaning }),
      'the default 2, and it must be a number above 0',
    ],
    ['an empty text', () => text({ default: '', meaning }), 'the default "", and it must be a text, not empty'],
    ['a list', () => integerList({ default: [0], min: 1, meaning }), 'the default [0], and it must be integers'],
    ['a day', () => day({ default: -1, meaning }), 'the default -1, and it must be a day'],
    [
      'a record',
      () => records({ n: integer({ required: true, min: 1, meaning }) }, { default: [{ n: 0 }], meaning }),
      'the default [{"n":0}], and it must be a list of {n: an integer at least 1}',
    ],
  ])('%s', (_what, declare, message) => {
    expect(declare).toThrow(TypeError);
    expect(declare).toThrow(`the setting 'm' has ${message}`);
  });
});

test('Two runs never share a default', () => {
  const schema = z.object({ list: records({ n: integer({ default: 1, meaning }) }, { default: [{ n: 1 }], meaning }) });
  expect(schema.parse({}).list).not.toBe(schema.parse({}).list);
});

test('The types of settings follow from the schema', () => {
  const schema = z.object({ ...commonSettings, rank: integer({ default: 30, min: 1, max: 256, meaning }) });
  const settings = schema.parse({});
  const rank: number = settings.rank;
  const startDay: number | undefined = settings.startDay;
  const scheme: 's3n' | 's3' | 's3a' = settings.activationScheme;
  // The common defaults are those of the jobs' specification.
  expect({ rank, startDay, scheme }).toEqual({ rank: 30, startDay: undefined, scheme: 's3n' });
  expect(settings).toEqual({
    inputPath: '/seldon-models',
    outputPath: '/seldon-models',
    days: 1,
    skipUnfinishedDays: false,
    seed: 1,
    maxRejectRatio: 0.1,
    gate: 'enforce',
    keepVersions: 7,
    fold: 'auto',
    foldSeconds: 300,
    activate: false,
    activationScheme: 's3n',
    registerClient: true,
    rank: 30,
  });
});

describe('views of a schema', () => {
  const schema = z.object({
    ...commonSettings,
    rank: integer({ default: 30, min: 1, max: 256, meaning: 'latent factors' }),
    removeType: integer({ default: 2, aliases: ['removetype'], meaning: 'type of a removal' }),
    jdbc: text({ default: '', mayBeEmpty: true, secret: true, meaning: 'database' }),
  });

  test('The table of settings has one row for each setting', () => {
    const rows = settingsTable(schema);
    expect(rows.map((row) => row.name)).toEqual(Object.keys(schema.shape));
    expect(rows.find((row) => row.name === 'rank')).toEqual({
      name: 'rank',
      type: 'integer',
      default: '30',
      range: '1 to 256',
      meaning: 'latent factors',
    });
    expect(rows.find((row) => row.name === 'startDay')).toMatchObject({
      default: 'none',
      range: '1970-01-01 to 9999-12-31',
    });
    expect(rows.find((row) => row.name === 'removeType')?.meaning).toBe('type of a removal (also spelt removetype)');
    expect(rows.find((row) => row.name === 'activationScheme')?.range).toBe('s3n, s3, s3a');
  });

  test('Secrets are masked, and neither secrets nor paths are part of the identity', () => {
    const settings = schema.parse({ jdbc: 'jdbc:mysql://h/db?password=hunter2', activate: true });
    expect(maskSettings(schema, settings)).toMatchObject({ jdbc: '***', activate: true, rank: 30 });
    expect(maskSettings(schema, schema.parse({}))).toMatchObject({ jdbc: '' });
    expect(decidingSettings(schema, settings)).toEqual({
      days: 1,
      seed: 1,
      maxRejectRatio: 0.1,
      rank: 30,
      removeType: 2,
    });
  });

  test('The default of a setting that was added later is not part of the identity', () => {
    const grown = z.object({
      rank: integer({ default: 30, meaning: 'latent factors' }),
      ids: choice(['given', 'assign'], { default: 'given', addedLater: true, meaning: 'way' }),
      formats: choices(['a', 'b'], { default: ['a'], addedLater: true, meaning: 'formats' }),
    });
    expect(decidingSettings(grown, grown.parse({}))).toEqual({ rank: 30 });
    expect(decidingSettings(grown, grown.parse({ ids: 'given', formats: 'a' }))).toEqual({ rank: 30 });
    expect(decidingSettings(grown, grown.parse({ ids: 'assign', formats: 'a, b' }))).toEqual({
      rank: 30,
      ids: 'assign',
      formats: ['a', 'b'],
    });
  });
});
