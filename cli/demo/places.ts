/** Where the demonstration's data lies and where it writes: all below one git-ignored folder. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

export const CLIENT = 'onlineretail';
export const DATA = join(project, 'test/data', CLIENT);
export const DEMO = join(project, '.demo');
/** Output root of the jobs. */
export const MODELS = join(DEMO, 'models');
/** Stands for ZooKeeper. */
export const CONFIG = join(DEMO, 'config');
/** Root of the second training, which is never activated. */
export const EVALUATION = join(DEMO, 'evaluation');
export const CATALOGUE = join(DATA, 'items.ndjson.gz');
export const LOG_PATTERN = join(DATA, 'logs/actions.%y/%m%d/*/*');

const MS_PER_DAY = 86_400_000;

/** Every day that has a log folder, as day numbers, ascending. */
export function daysWithLogs(): number[] {
  const logs = join(DATA, 'logs');
  const days = readdirSync(logs).flatMap((year) =>
    readdirSync(join(logs, year)).map((monthDay) =>
      Date.UTC(Number(year.slice(-4)), Number(monthDay.slice(0, 2)) - 1, Number(monthDay.slice(2))),
    ),
  );
  return days.map((time) => time / MS_PER_DAY).sort((a, b) => a - b);
}

/** A path as a person would type it from the project's folder. */
export const shown = (path: string): string => relative(project, path);
