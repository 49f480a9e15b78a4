/** Real actions, as the grouping would hand them on: for jobs that read grouped actions. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** Every day of the logs, the earliest first. */
export function realDays(data: RealData): RealDay[] {
  const logs = new URL(`../data/${data}/logs/`, import.meta.url).pathname;
  return readdirSync(logs, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.log.gz'))
    .sort()
    .map((path) => {
      const [, year, month, date] = /^actions\.(\d{4})\/(\d\d)(\d\d)\//.exec(path) as RegExpExecArray;
      const text = gunzipSync(readFileSync(join(logs, path))).toString('utf8');
      // The logs' own times are those of their records, so what is behind the last tab is a grouped action.
      const lines = text.split('\n').slice(0, -1);
      return {
        day: Date.UTC(Number(year), Number(month) - 1, Number(date)) / MS_PER_DAY,
        lines: lines.map((line) => line.slice(line.lastIndexOf('\t') + 1)),
      };
    });
}

/** Writes `<root>/<client>/actions/<day>/part-00000`. */
export function writeDay(root: string, client: string, { day, lines }: RealDay): void {
  const folder = join(root, client, 'actions', String(day));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'part-00000'), lines.map((line) => `${line}\n`).join(''));
}

export function actionIn(line: string): PlainAction {
  const { userid, itemid, type, timestamp_utc } = JSON.parse(line);
  return { user: userid, item: itemid, type, timeMs: Date.parse(timestamp_utc) };
}
