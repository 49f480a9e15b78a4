/**
 * Writes the report of a client's day, when the day has its record. Nothing waits for a report, and no day fails by one: when it
 * cannot be made, the log says why, and `offline status` shows that it is missing.
 */
import type { Log } from '../../shared/job/job.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import type { JsonValue } from '../../shared/json.ts';
import { itemsPathOf } from '../../shared/report/items-path.ts';
import { writeReport } from '../../shared/report/report.ts';
import { JOBS } from '../index.ts';
import type { DailyEnvironment } from './daily.ts';
import type { DayExecution } from './day-records.ts';
import { outcomeKey } from './outcomes.ts';

export interface ReportRequest extends DayExecution {
  readonly client: string;
}

export async function reportDay(
  { client, day, run, attempt }: ReportRequest,
  environment: DailyEnvironment,
): Promise<JsonValue> {
  const { openStore, outputRoot, log, jobs = JOBS } = environment;
  const fields = { client, day, run };
  try {
    const output = await openStore(outputRoot);
    // A folded day without a record is fanned out, and has its report at the end of that.
    if ((await output.head(outcomeKey({ run, attempt }, client))) === undefined) return {};
    const itemsPath = await catalogueOf(client, environment, log);
    const key = await writeReport(output, { client, day, jobs, itemsPath }, openStore);
    log('info', `the report is ${output.root}/${key}`, fields);
  } catch (error) {
    const { name, message } = thrownError(error);
    log('warn', `no report of client ${client} was written: ${name}: ${message}`, fields);
  }
  return {};
}

/** Returns the place of the client's catalogue. A report without names of items is better than none. */
async function catalogueOf(
  client: string,
  { configRoot, openConfigRoot, jobs = JOBS }: DailyEnvironment,
  log: Log,
): Promise<string | undefined> {
  try {
    await using root = await openConfigRoot(configRoot);
    return await itemsPathOf(root, client, jobs);
  } catch (error) {
    log('warn', `the report has no names of items: ${thrownError(error).message}`, { client });
    return undefined;
  }
}
