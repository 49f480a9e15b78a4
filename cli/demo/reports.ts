/** The end of the demonstration: a report of each client's days as a page, and commands to try next. */
import { join } from 'node:path';
import { JOBS } from '../../functions/index.ts';
import { writeReport } from '../../shared/report/report.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { catalogue, type DemoClient } from './clients.ts';
import { CONFIG, MODELS, shown } from './places.ts';

/** A customer of the shop, for a command that is shown. */
const CUSTOMER = 338;

/** Writes the report of a client's last day. Returns its path. */
export async function writeDemoReport(client: DemoClient, day: number): Promise<string> {
  const request = { client: client.name, day, jobs: JOBS, itemsPath: catalogue(client) };
  return join(MODELS, await writeReport(await openStore(MODELS), request, openStore));
}

/** @param client the client and @param day the day of the commands */
export function nextSteps(reports: readonly string[], client: string, day: number): string {
  const roots = `--config-root ${shown(CONFIG)} --output-path ${shown(MODELS)}`;
  const train = `--start-day ${day} --days 60 --holdout-days 7 --input-path ${shown(MODELS)} ${roots}`;
  return [
    'Open in a browser',
    ...reports.map((path) => `  ${shown(path)}`),
    '',
    'Next, try',
    `  npm run offline -- models --client ${client} ${roots}`,
    '    what is live, and how good it is',
    `  npm run offline -- recommend --client ${client} --user ${CUSTOMER} --config-root ${shown(CONFIG)}`,
    '    what the live model recommends to a user',
    `  npm run offline -- evaluate --client ${client} --variant wide:rank=96 ${train}`,
    '    whether other settings are better, before they are used',
    `  npm run offline -- plan matrix-factorization --client ${client} --start-day ${day} --input-path ${shown(MODELS)} ${roots}`,
    '    what a run takes and costs on AWS',
    '',
  ].join('\n');
}
