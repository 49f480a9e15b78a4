import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  absoluteLocation,
  configRootOf,
  type RunOptions,
  runInput,
  wholeNumber,
  withRunOptions,
} from '../../../cli/options.ts';
import { tagAffinity } from '../../../functions/tagaffinity/job.ts';
import { ConfigError, UsageError } from '../../../shared/errors.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const folder = temporaryFolder();
const before = process.env.INIT_CWD;
beforeEach(() => {
  process.env.INIT_CWD = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env.INIT_CWD;
  else process.env.INIT_CWD = before;
});

/** Returns the input of a run with these arguments. */
function inputOf(...args: string[]) {
  const command = withRunOptions(new Command('run'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(args, { from: 'user' });
  return runInput('shop', command.opts<RunOptions>());
}

describe('input of a run', () => {
  test('Without options the input contains only the client', () => {
    expect(inputOf()).toEqual({ client: 'shop', settings: {} });
  });

  test('Named options become settings and override --set, whose last value counts', () => {
    const { settings } = inputOf(
      ...['--set', 'rank=8', '--set', 'days=2', '--set', 'rank=9', '--days', '7', '--start-day', '15317'],
    );
    expect(settings).toEqual({ rank: '9', days: '7', startDay: '15317' });
  });

  test('Settings that name places are made absolute, and a text that looks like a path is not', () => {
    const options = { set: ['itemsPath=items', 'tagAttr=items', 'outputPath=out'] };
    const { settings } = runInput('shop', options, [tagAffinity]);
    expect(settings).toEqual({
      itemsPath: absoluteLocation('items'),
      tagAttr: 'items',
      outputPath: absoluteLocation('out'),
    });
  });

  test('A value of --set contains everything behind the first =', () => {
    expect(inputOf('--set', 'note=a=b= c').settings).toEqual({ note: 'a=b= c' });
    expect(inputOf('--set', 'empty=').settings).toEqual({ empty: '' });
  });

  test.each(['rank', '=8', ''])('The pair %j is refused by --set', (pair) => {
    expect(() => inputOf('--set', pair)).toThrow(UsageError);
  });

  test('A key called __proto__ is an ordinary key', () => {
    const { settings } = inputOf('--set', '__proto__=x');
    expect(Object.keys(settings ?? {})).toEqual(['__proto__']);
  });
});

describe('locations on the command line', () => {
  test.each([
    [['--input-path', 'in'], { inputPath: `${folder}/in` }],
    [['--output-path', './out/'], { outputPath: `${folder}/out` }],
    [['--set', 'inputPath=in'], { inputPath: `${folder}/in` }],
    [['--input-path', '/in/../data'], { inputPath: '/data' }],
    [['--input-path', 'file:///in'], { inputPath: '/in' }],
    [['--input-path', 'local:/in'], { inputPath: '/in' }],
    [['--output-path', 's3n://bucket/models/'], { outputPath: 's3://bucket/models' }],
  ])("The location in %j is relative to the caller's folder", (args, settings) => {
    expect(inputOf(...args).settings).toEqual(settings);
  });

  test('Credentials in a location are refused and not shown', () => {
    const refused = () => inputOf('--input-path', 's3n://id:c4n4ry@bucket/x');
    expect(refused).toThrow(ConfigError);
    expect(refused).not.toThrow(/c4n4ry/);
  });

  test('At most one configuration root can be given', () => {
    expect(configRootOf({})).toEqual({});
    expect(configRootOf({ zookeeper: 'a:2181,b:2181' })).toEqual({ configRoot: 'zookeeper:a:2181,b:2181' });
    expect(configRootOf({ configRoot: 'config' })).toEqual({ configRoot: `${folder}/config` });
    expect(configRootOf({ configRoot: 's3a://bucket/config' })).toEqual({ configRoot: 's3://bucket/config' });
    expect(() => configRootOf({ zookeeper: 'a', configRoot: 'b' })).toThrow(UsageError);
  });

  test("A configuration file is relative to the caller's folder, and a missing one is named", () => {
    writeFileSync(join(folder, 'job.json'), '{"rank": 8}');
    expect(inputOf('--config', 'job.json').config).toEqual({ from: 'job.json', text: '{"rank": 8}' });
    expect(() => inputOf('--config', 'none.json')).toThrow(/--config none\.json cannot be read/);
  });
});

describe('numbers of shards and workers', () => {
  test.each(['1', '7', '999999'])('The text %s is accepted as a number', (text) =>
    expect(wholeNumber(text)).toBe(Number(text)),
  );
  test.each(['0', '-1', '1.5', '1e3', 'x', '', ' 1', '1000000'])('The text %j is refused as a number', (text) => {
    expect(() => wholeNumber(text)).toThrow('a whole number from 1');
  });

  test('Shards are part of the input, and workers are not', () => {
    expect(inputOf('--shards', '7', '--workers', '2')).toEqual({ client: 'shop', shards: 7, settings: {} });
  });
});
