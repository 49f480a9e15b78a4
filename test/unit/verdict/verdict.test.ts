import { describe, expect, test } from 'vitest';
import { BlockedModelError } from '../../../shared/errors.ts';
import {
  blockedError,
  type Check,
  checkOf,
  checksWith,
  type Gate,
  suffices,
  type Verdict,
  worstOf,
} from '../../../shared/verdict/verdict.ts';

const check = (verdict: Check['verdict'], name = 'empty'): Check => ({
  check: name,
  verdict,
  value: null,
  limit: null,
  says: `${name} says so`,
});

const verdictOf = (gate: Gate, activate: boolean, ...checks: Check[]): Verdict => ({
  run: 'a',
  gate,
  activate,
  live: null,
  verdict: worstOf(checks),
  checks,
});

describe('checks from findings', () => {
  test.each([
    ['passed', 'enforce', true, 'passed'],
    ['notApplicable', 'enforce', true, 'notApplicable'],
    ['failed', 'enforce', true, 'blocked'],
    ['failed', 'warn', true, 'warned'],
    ['failed', 'enforce', false, 'warned'],
    ['failed', 'warn', false, 'warned'],
  ] as const)(
    'The finding %s under gate %s with activate %s becomes the verdict %s',
    (result, gate, activate, expected) => {
      const found = checkOf('empty', { result, value: 3, limit: 1, says: 'so it is' }, gate, activate);
      expect(found).toEqual({ check: 'empty', verdict: expected, value: 3, limit: 1, says: 'so it is' });
    },
  );

  test('A value that JSON cannot express becomes null', () => {
    const found = checkOf('learned', { result: 'failed', value: Number.NaN, says: 'no number' }, 'enforce', true);
    expect([found.value, found.limit]).toEqual([null, null]);
  });
});

test.each([
  [[], 'passed'],
  [['notApplicable'], 'passed'],
  [['passed', 'warned', 'notApplicable'], 'warned'],
  [['warned', 'blocked', 'passed'], 'blocked'],
] as const)('The worst verdict of %j is %s', (verdicts, worst) => {
  expect(worstOf(verdicts.map((verdict) => check(verdict)))).toBe(worst);
});

test.each([
  ['enforce', true, 'enforce', true],
  ['warn', true, 'enforce', false],
  ['off', true, 'warn', false],
  ['enforce', true, 'warn', true],
  ['enforce', false, 'enforce', false],
  ['warn', false, 'warn', false],
] as const)('A verdict under gate %s with activate %s suffices for gate %s: %s', (gate, activate, asked, expected) => {
  expect(suffices(verdictOf(gate, activate), 'a', asked)).toBe(expected);
  expect(suffices(verdictOf(gate, activate), 'another run', asked)).toBe(false);
});

test('The error of a blocked run lists every failed check and says how to go on', () => {
  const verdict = verdictOf('enforce', true, check('blocked'), check('passed', 'finite'), check('blocked', 'learned'));
  expect(checksWith('blocked', verdict)).toEqual(['empty: empty says so', 'learned: learned says so']);
  const error = blockedError(verdict, 'offline run toy --set gate=warn', 1);
  expect(error).toBeInstanceOf(BlockedModelError);
  expect(error.message).toContain('  empty: empty says so\n  learned: learned says so\n');
  expect(error.message).toContain(
    '`offline run toy --set gate=warn`, with the other options that this command was given, makes it live in spite of this verdict',
  );
  expect(error.message).not.toContain('in a row');
  expect(error.message).not.toContain('warned');
});

test('The error of a blocked run tells the checks that only warn apart, after those that block', () => {
  const verdict = verdictOf('enforce', true, check('warned', 'input'), check('blocked', 'learned'));
  expect(blockedError(verdict, 'offline run toy --set gate=warn', 1).message).toContain(
    'stays live:\n  learned: learned says so\nIt is also warned about, which blocks nothing:\n  input: input says so\nCorrect the data',
  );
});

test('After three blocked runs in a row, the error names the command that releases the model', () => {
  const error = blockedError(verdictOf('enforce', true, check('blocked')), 'offline run toy --set gate=warn', 3);
  expect(error.message).toContain('blocked 3 times in a row');
  expect(error.message).toContain('offline run toy --set gate=warn, with the other options');
});
