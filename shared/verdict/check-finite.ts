/** `finite`: every number written is finite. Steps count the others as they write, into the count `notFinite`. */
import { type Counts, countIn } from './judging.ts';
import type { Finding } from './verdict.ts';

/** @param counts of the manifest; an output of before they held `notFinite` cannot be judged by this check */
export function checkFinite(counts: Counts): Finding {
  const notFinite = countIn(counts, 'notFinite');
  if (notFinite === undefined) return { result: 'notApplicable', says: 'numbers that are not finite were not counted' };
  return {
    result: notFinite === 0 ? 'passed' : 'failed',
    value: notFinite,
    limit: 0,
    says: notFinite === 0 ? 'every number is finite' : `${notFinite} numbers are not finite`,
  };
}
