/** The ages of the runs that are not over. Step Functions itself reports the duration of a run only when the run has ended. */
import { atMost } from '../../shared/at-most.ts';
import type { Measure } from '../../shared/job/alarm-metrics.ts';
import type { ListRunning } from '../../shared/job/executions.ts';
import type { Log } from '../../shared/job/job.ts';

export interface RunWatch {
  readonly listRunning: ListRunning;
  /** The ARNs of the machines whose runs should end. */
  readonly machines: readonly string[];
  /** The age from which a run is named in the log. */
  readonly slowAfterMinutes: number;
  readonly now: () => Date;
  readonly log: Log;
  readonly measure: Measure;
}

/** Machines that are asked at once. */
const MACHINES_AT_ONCE = 4;
const MS_PER_MINUTE = 60_000;

/** Emits the age of the oldest run, and logs a line for each slow one. Step Functions is asked once for each machine. */
export async function measureAges(watch: RunWatch): Promise<void> {
  const { listRunning, machines, slowAfterMinutes, now, log, measure } = watch;
  const running = (await atMost(MACHINES_AT_ONCE, machines, (machine) => listRunning(machine))).flat();
  const age = (since: Date): number => Math.floor((now().getTime() - since.getTime()) / MS_PER_MINUTE);
  for (const { arn, since } of running) {
    if (age(since) < slowAfterMinutes) continue;
    log('warn', `${arn} has been running for ${age(since)} minutes, and ${slowAfterMinutes} should be enough`);
  }
  measure('oldestRun', Math.max(0, ...running.map(({ since }) => age(since))));
}

/** Returns the ARN of another component's machine in the same environment: their names differ only in the component. */
export function machineBeside(machine: string, component: string, other: string): string {
  if (machine.endsWith(component)) return machine.slice(0, -component.length) + other;
  throw new Error(`${machine} is not the machine of ${component}`);
}
