/**
 * The verdict on a run's output: the checks that decide if the output may go live, and their results.
 *
 * The document (`verdict.json` in the work area, `_verdict.json` in a version) holds neither times nor paths. The same run,
 * judged under the same gate beside the same live model, therefore gives the same bytes.
 */
import { BlockedModelError } from '../errors.ts';

/**
 * The effect of a failed check. `enforce`: it blocks the output. `warn`: it warns, and the output is published and activated.
 * `off`: nothing is checked.
 */
export const GATES = ['enforce', 'warn', 'off'] as const;
export type Gate = (typeof GATES)[number];

/**
 * The effect of a failed check `quality`. `block`: it blocks the output under the gate `enforce`. `warn`: it warns under every
 * gate. `off`: the check is left out.
 */
export const QUALITY_GATES = ['warn', 'block', 'off'] as const;
export type QualityGate = (typeof QUALITY_GATES)[number];

export type CheckVerdict = 'passed' | 'warned' | 'blocked' | 'notApplicable';

/** The result of one check. */
export type Check = {
  readonly check: string;
  readonly verdict: CheckVerdict;
  /** The measured number and the limit for it; null for a check without such a number. */
  readonly value: number | null;
  readonly limit: number | null;
  /** One sentence for the reader. */
  readonly says: string;
};

/** The result of a check before the gate is applied. The gate decides if `failed` blocks or warns. */
export interface Finding {
  readonly result: 'passed' | 'failed' | 'notApplicable';
  readonly value?: number;
  readonly limit?: number;
  readonly says: string;
}

export type Verdict = {
  readonly run: string;
  /** The gate that was applied to the checks. */
  readonly gate: Gate;
  /** The gate of the check `quality`. Absent for jobs whose models are not evaluated. */
  readonly gateQuality?: QualityGate;
  /**
   * True when the output goes live if the verdict allows it. A verdict on other output blocks nothing and suffices for no
   * activation.
   */
  readonly activate: boolean;
  /** The live model that the output was compared with. */
  readonly live: { readonly day: number; readonly run: string | null } | null;
  /** The worst result of the checks; null under the gate `off`, which checks nothing. */
  readonly verdict: 'passed' | 'warned' | 'blocked' | null;
  readonly checks: readonly Check[];
};

/** Returns a finding as a check of the verdict. Infinite numbers become null, because JSON cannot represent them. */
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

/** Returns the worst result among the checks. A check that does not apply is ignored. */
export function worstOf(checks: readonly Check[]): 'passed' | 'warned' | 'blocked' {
  const has = (verdict: CheckVerdict): boolean => checks.some((check) => check.verdict === verdict);
  if (has('blocked')) return 'blocked';
  return has('warned') ? 'warned' : 'passed';
}

/** Returns the checks with a verdict, in words. */
export const checksWith = (verdict: CheckVerdict, { checks }: Pick<Verdict, 'checks'>): string[] =>
  checks.filter((check) => check.verdict === verdict).map(({ check, says }) => `${check}: ${says}`);

const STRICTNESS: Readonly<Record<Gate, number>> = { off: 0, warn: 1, enforce: 2 };

const STRICTNESS_OF_QUALITY: Readonly<Record<QualityGate, number>> = { off: 0, warn: 1, block: 2 };

/** True when `verdict` was made for an activation of this run, under gates at least as strict as those given. */
export const suffices = (verdict: Verdict, run: string, gate: Gate, gateQuality: QualityGate = 'off'): boolean =>
  verdict.run === run &&
  verdict.activate &&
  STRICTNESS[verdict.gate] >= STRICTNESS[gate] &&
  STRICTNESS_OF_QUALITY[verdict.gateQuality ?? 'off'] >= STRICTNESS_OF_QUALITY[gateQuality];

/**
 * Returns the error that ends a blocked run. It tells the checks that block apart from those that only warn.
 * @param release the command that makes the model live in spite of its verdict
 * @param blockedInARow the number of runs of this model that were blocked in a row, this one included
 */
export function blockedError(verdict: Verdict, release: string, blockedInARow: number): BlockedModelError {
  const linesWith = (result: CheckVerdict): string =>
    checksWith(result, verdict)
      .map((failure) => `  ${failure}\n`)
      .join('');
  const warned = linesWith('warned');
  const alsoWarned = warned === '' ? '' : `It is also warned about, which blocks nothing:\n${warned}`;
  const cure =
    blockedInARow >= BLOCKED_BEFORE_ADVICE
      ? `This model was blocked ${blockedInARow} times in a row. If it is right, this command makes it live: ${release}${OTHERS}`
      : `Correct the data or the settings. If the model is right, \`${release}\`${OTHERS}, makes it live in spite of this verdict and computes nothing again`;
  return new BlockedModelError(
    `the model was judged and does not go live; the one before it stays live:\n${linesWith('blocked')}${alsoWarned}${cure}`,
  );
}

/** Without the other options the command would start, and compute, another run. */
const OTHERS = ', with the other options that this command was given';

/** One or two bad days happen. After the third one the shop has probably changed, and a person must decide. */
const BLOCKED_BEFORE_ADVICE = 3;
