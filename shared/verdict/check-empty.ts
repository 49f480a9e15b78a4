/** The check `empty`: an output that goes live must have at least one line. */
import type { Finding } from './verdict.ts';

/** @param records the number of records in all tables */
export const checkEmpty = (records: number): Finding => ({
  result: records > 0 ? 'passed' : 'failed',
  value: records,
  limit: 1,
  says:
    records > 0 ? `there are ${records} lines` : 'there is no line: the settings or the input leave nothing to write',
});
