import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { commonSettings } from '../../../shared/config/common-settings.ts';
import { checkConfig, readConfig } from '../../../shared/config/read-config.ts';
import { flag, integer, number, records, text } from '../../../shared/config/settings.ts';
import { ConfigError } from '../../../shared/errors.ts';

const meaning = 'm';
const schema = z.object({
  ...commonSettings,
  rank: integer({ default: 30, min: 1, max: 256, meaning }),
  lambda: number({ default: 0.01, min: 0, meaning }),
  removeFromBasketType: integer({ default: 2, aliases: ['removefromBasketType'], meaning }),
  sharedPath: flag({ default: true, meaning }),
  jdbc: text({ default: '', mayBeEmpty: true, secret: true, meaning }),
  weightings: records({ actionType: integer({ required: true, meaning }) }, { default: [], meaning }),
});
const PATH = '/all_clients/client1/offline/some-job';
const read = (nodeText: string | undefined, overrides: Record<string, unknown> = {}) =>
  readConfig({ schema, jobName: 'some-job', node: { path: PATH, text: nodeText }, overrides });
const messageOf = (nodeText: string, overrides: Record<string, unknown> = {}): string => {
  try {
    read(nodeText, overrides);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return 'accepted';
};

describe('precedence of settings', () => {
  test('The command line overrides the node, and the node overrides the defaults', () => {
    const { settings } = read('{"rank": 10, "lambda": 0.5}', { rank: '20', lambda: undefined });
    expect(settings).toMatchObject({ rank: 20, lambda: 0.5, days: 1 });
  });

  test('A missing node means defaults with a warning, and a job without a node has no warning', () => {
    const { settings, warnings } = read(undefined);
    expect(settings).toMatchObject({ rank: 30, activate: false });
    expect(warnings).toEqual([`there is no configuration at ${PATH}: the defaults count`]);
    expect(readConfig({ schema, jobName: 'some-job' }).warnings).toEqual([]);
  });
});

describe('examples of the original guide', () => {
  test('The last value of a repeated key counts, and booleans may be strings', () => {
    const node = '{"inputPath":"/seldon-models","activate":true,"startDay" : 1,"days" : 1,"activate" : "false"}';
    expect(read(node).settings).toMatchObject({ activate: false, startDay: 1 });
    expect(read(node).warnings).toEqual([expect.stringContaining('gives "activate" more than once (line 1)')]);
  });

  test('The example without its closing brace is refused, and the error names the place', () => {
    const node = '{\n  "inputPath":"/seldon-models",\n  "activate" : "false",\n  "minClusterSize" : 200\n';
    expect(messageOf(node)).toBe(
      `Configuration of some-job: ${PATH} does not hold valid JSON, line 5, column 1: ` +
        'the text ends too early: the { opened on line 1 has no closing }',
    );
  });

  test('"local" and credentials are ignored with one warning that shows no value', () => {
    const { warnings, unknownKeys } = read('{"local":true,"awsKey":"AKIACANARY","awsSecret":"hunter2"}');
    expect(warnings).toEqual([`local, awsKey, awsSecret in ${PATH}: no longer used, ignored`]);
    expect(unknownKeys).toEqual([]);
  });

  test('The second spelling of a key counts unless the first spelling is given too', () => {
    expect(read('{"removefromBasketType":7}').settings.removeFromBasketType).toBe(7);
    const both = read('{"removeFromBasketType":8,"removefromBasketType":7}');
    expect(both.settings.removeFromBasketType).toBe(8);
    expect(both.warnings).toHaveLength(1);
    // An alias on the command line still overrides the node.
    expect(read('{"removeFromBasketType":8}', { removefromBasketType: 7 }).settings.removeFromBasketType).toBe(7);
  });
});

describe('problems in a configuration', () => {
  test('A wrong value is reported with its source, key, value and the allowed values', () => {
    expect(messageOf('{"rank": 500}')).toBe(
      `Configuration of some-job: rank is 500 in ${PATH}; allowed: an integer from 1 to 256`,
    );
    expect(messageOf('{}', { lambda: '-1' })).toBe(
      'Configuration of some-job: lambda is "-1" in the command line; allowed: a number at least 0',
    );
  });

  test('All problems are listed', () => {
    const message = messageOf('{"rank": 1.5, "sharedPath": "perhaps"}', { days: 0 });
    expect(message.split('\n').slice(1)).toEqual([
      `  rank is 1.5 in ${PATH}; allowed: an integer from 1 to 256`,
      `  sharedPath is "perhaps" in ${PATH}; allowed: true or false`,
      '  days is 0 in the command line; allowed: an integer from 1 to 36500',
    ]);
  });

  test('A wrong value in the node is reported even when the command line replaces it', () => {
    expect(messageOf('{"rank": 500}', { rank: 5 })).toContain('rank is 500');
  });

  test('A problem inside a list of records names its place', () => {
    expect(messageOf('{"weightings":[{"actionType":1},{}]}')).toContain('(wrong at weightings.1.actionType)');
  });

  test.each(['[]', '3', 'null', '"x"'])('The text %s is refused because it is not a JSON object', (node) =>
    expect(messageOf(node)).toContain('must hold a JSON object'),
  );

  test('A secret is masked when its value is wrong and when the JSON is broken', () => {
    expect(messageOf('{"jdbc": ["hunter2"]}')).toContain(`jdbc is *** in ${PATH}`);
    expect(messageOf('{"jdbc": ["hunter2"]}')).not.toContain('hunter2');
    expect(messageOf('{"jdbc": "jdbc:mysql://h/d?password=hunter2" "days": 1}')).not.toContain('hunter2');
  });

  test('A long value is shortened in the message', () => {
    expect(messageOf(JSON.stringify({ rank: 'x'.repeat(1_000_000) })).length).toBeLessThan(300);
  });

  test('A required setting that is missing is reported with its meaning', () => {
    const needy = z.object({ tagAttr: text({ required: true, meaning: 'attribute that holds the tags' }) });
    expect(() => readConfig({ schema: needy, jobName: 'tagaffinity' })).toThrow(
      'Configuration of tagaffinity: tagAttr must be given: a text, not empty (attribute that holds the tags)',
    );
  });

  test('A rule of the job between two settings is checked', () => {
    const ruled = z
      .object({ min: integer({ default: 1, meaning }), max: integer({ default: 2, meaning }) })
      .refine(({ min, max }) => min <= max, 'min must be at most max');
    expect(() => readConfig({ schema: ruled, jobName: 'j', overrides: { min: 3 } })).toThrow('min must be at most max');
  });

  test('checkConfig returns the problems instead of throwing', () => {
    const node = { path: PATH, text: '{"rank": 0, "days": 0}' };
    const checked = checkConfig({ schema, jobName: 'some-job', node });
    expect(checked.settings).toBeUndefined();
    expect(checked.problems).toHaveLength(2);
  });
});

describe('unknown keys', () => {
  test('Unknown keys are reported with a suggestion, never with their value', () => {
    const { settings, warnings, unknownKeys } = read('{"rnak": 5, "jbdc": "password=hunter2", "zzzzzz": 1}');
    expect(settings.rank).toBe(30);
    expect(unknownKeys).toEqual(['rnak', 'jbdc', 'zzzzzz']);
    expect(warnings).toEqual([
      `"rnak" in ${PATH} is no setting of this job and has no effect; did you mean rank?`,
      `"jbdc" in ${PATH} is no setting of this job and has no effect; did you mean jdbc?`,
      `"zzzzzz" in ${PATH} is no setting of this job and has no effect`,
    ]);
  });

  test('Unknown keys inside a list of records are reported too', () => {
    expect(read('{"weightings":[{"actionType":1,"actiontype":2}]}').unknownKeys).toEqual(['actiontype']);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('The key %s changes no prototype', (key) => {
    const { settings, unknownKeys } = read(`{"${key}": {"rank": 1, "polluted": true}}`);
    expect(unknownKeys).toEqual([key]);
    expect(settings.rank).toBe(30);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

test('A byte order mark before the JSON is ignored', () => {
  expect(read('\uFEFF{"rank": 5}').settings.rank).toBe(5);
});
