/** Folds one run in this process, as the function `fold` does it, and prints the process's peak memory. */
import { loadJob } from '../../../functions/registry.ts';
import { Meter } from '../../../shared/cost/meter.ts';
import { foldRun, handlersOf } from '../../../shared/job/handlers.ts';
import type { RunRef } from '../../../shared/job/run.ts';
import type { JsonValue } from '../../../shared/json.ts';
import type { FoldedRun } from '../folded.ts';

const { job: name, client, settings } = JSON.parse(process.argv[2]!) as FoldedRun;
const job = await loadJob(name);
const environment = new Meter().environment(() => undefined, 'benchmark');
const input = client === null ? { settings } : { client, settings };
const event = { input, requestedAt: '2015-02-26T00:00:00Z' };
const ref = (await handlersOf(job).configure!(event, environment)) as JsonValue as RunRef;
const answer = await foldRun(job, ref, environment);
if (answer.outcome !== 'done') throw new Error(`the folded run of ${name} was not done: ${JSON.stringify(answer)}`);
process.stdout.write(`${JSON.stringify({ peakMemoryMb: process.resourceUsage().maxRSS / 1024 })}\n`);
