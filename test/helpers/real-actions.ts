/** Real actions in the format that the grouping writes, for jobs that read grouped actions. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import type { PlainAction } from '../reference/visits.ts';

export type RealData = 'onlineretail' | 'movietweetings';

export interface RealDay {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  /** Lines of grouped actions, in the order of the log. */
  readonly lines: readonly string[];
}

/** Returns every day of the logs, the earliest first. */
export function realDays(data: RealData): RealDay[] {
  const logs = new URL(`../data/${data}/logs/`, import.meta.url).pathname;
  return readdirSync(logs, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.log.gz'))
    .sort()
    .map((path) => {
      const [, year, month, date] = /^actions\.(\d{4})\/(\d\d)(\d\d)\//.exec(path) as RegExpExecArray;
      const text = gunzipSync(readFileSync(join(logs, path))).toString('utf8');
      // In these logs a line's time is the time of its record, so the text after the last tab is a grouped action.
      const lines = text.split('\n').slice(0, -1);
      return {
        day: Date.UTC(Number(year), Number(month) - 1, Number(date)) / MS_PER_DAY,
        lines: lines.map((line) => line.slice(line.lastIndexOf('\t') + 1)),
      };
    });
}

/** Returns the action in a grouped line. */
export function actionIn(line: string): PlainAction {
  const { userid, itemid, type, timestamp_utc } = JSON.parse(line);
  return { user: userid, item: itemid, type, timeMs: Date.parse(timestamp_utc) };
}
