/**
 * The verdict on a run's output: what was checked before the output may go live, and how each check ended.
 *
 * The document (`verdict.json` in the work area, `_verdict.json` in a version) holds no time and no path, so the same run,
 * judged under the same gate beside the same live model, gives the same bytes.
 */
import { BlockedModelError } from '../errors.ts';

/**
 * What a failed check does. `enforce`: it blocks. `warn`: it warns, and the output is published and activated. `off`: nothing
 * is checked.
 */
export const GATES = ['enforce', 'warn', 'off'] as const;
export type Gate = (typeof GATES)[number];

export type CheckVerdict = 'passed' | 'warned' | 'blocked' | 'notApplicable';

/** How one check ended. */
export type Check = {
  readonly check: string;
  readonly verdict: CheckVerdict;
  /** What was measured, and where the check draws the line; null where no number says it. */
  readonly value: number | null;
  readonly limit: number | null;
  /** One sentence for the reader. */
  readonly says: string;
};

/** What a check finds before the gate is asked: `failed` blocks or warns, as the gate has it. */
export interface Finding {
  readonly result: 'passed' | 'failed' | 'notApplicable';
  readonly value?: number;
  readonly limit?: number;
  readonly says: string;
}

export type Verdict = {
  readonly run: string;
  /** The gate that the checks were made under. */
  readonly gate: Gate;
  /** True when the run was to go live. The verdict on any other run blocks nothing, and suffices for no activation. */
  readonly activate: boolean;
  /** The live model that the output was compared with. */
  readonly live: { readonly day: number; readonly run: string | null } | null;
  /** The worst of the checks; null under the gate `off`, which checks nothing. */
  readonly verdict: 'passed' | 'warned' | 'blocked' | null;
  readonly checks: readonly Check[];
};

/** A finding as a check of the verdict. A number that JSON has no word for is left out. */
export function checkOf(name: string, finding: Finding, gate: Gate, activate: boolean): Check {
  const { result, value, limit, says } = finding;
  const failed: CheckVerdict = gate === 'enforce' && activate ? 'blocked' : 'warned';
  return {
    check: name,
    verdict: result === 'failed' ? failed : result,
    value: numberOrNull(value),
    limit: numberOrNull(limit),
    says,
  };
}

const numberOrNull = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

/** The worst verdict among the checks; a check that does not apply counts for nothing. */
export function worstOf(checks: readonly Check[]): 'passed' | 'warned' | 'blocked' {
  const has = (verdict: CheckVerdict): boolean => checks.some((check) => check.verdict === verdict);
  if (has('blocked')) return 'blocked';
  return has('warned') ? 'warned' : 'passed';
}

/** The checks that did not pass, in words. */
export const failuresOf = ({ checks }: Pick<Verdict, 'checks'>): string[] =>
  checks
    .filter(({ verdict }) => verdict === 'blocked' || verdict === 'warned')
    .map(({ check, says }) => `${check}: ${says}`);

const STRICTNESS: Readonly<Record<Gate, number>> = { off: 0, warn: 1, enforce: 2 };

/** True when `verdict` was made for an activation of this run, under a gate at least as strict as `gate`. */
export const suffices = (verdict: Verdict, run: string, gate: Gate): boolean =>
  verdict.run === run && verdict.activate && STRICTNESS[verdict.gate] >= STRICTNESS[gate];

/**
 * The error that ends a blocked run.
 * @param blockedInARow verdicts that blocked this model one after another, this one included
 * @param release the command that makes the model live in spite of its verdict
 */
export function blockedError(verdict: Verdict, release: string, blockedInARow: number): BlockedModelError {
  const failures = failuresOf(verdict).map((failure) => `  ${failure}\n`);
  const cure =
    blockedInARow >= BLOCKED_BEFORE_ADVICE
      ? `This model was blocked ${blockedInARow} times in a row. If it is right as it is, this releases it: ${release}${OTHERS}`
      : `Mend the data or the settings. If the model is right as it is, \`${release}\`${OTHERS}, makes it live in spite of this, and nothing is computed again`;
  return new BlockedModelError(
    `the model was judged and does not go live; the one before it stays live:\n${failures.join('')}${cure}`,
  );
}

/** Without them another run would be asked for, and computed. */
const OTHERS = ', with the other options that this command was given';

/** One or two bad days happen; after the third the shop has probably changed, and somebody has to say so. */
const BLOCKED_BEFORE_ADVICE = 3;
