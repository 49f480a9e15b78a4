/** `empty`: an output that goes live has at least one line. */
import type { Finding } from './verdict.ts';

/** @param records of all tables together */
export const checkEmpty = (records: number): Finding => ({
  result: records > 0 ? 'passed' : 'failed',
  value: records,
  limit: 1,
  says: records > 0 ? `there are ${records} lines` : 'there is no line: the settings or the input leave nothing over',
});
