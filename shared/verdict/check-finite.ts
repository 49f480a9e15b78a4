/** The check `finite`: every written number must be finite. The writing steps count the other numbers as `notFinite`. */
import { type Counts, countIn } from './judging.ts';
import type { Finding } from './verdict.ts';

/** @param counts the counts of the manifest. The check does not apply to outputs of releases without the count `notFinite` */
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
