/**
 * Arrival: starts at most one run for each set of a day's logs, whatever events come.
 *
 * Events come more than once, late, in any order, or not at all. Therefore an event only names a day, and the listing of
 * the day's folder decides. Decisions are made one after another, by compare-and-set on the day's record. A decision is
 * recorded before its execution is started, and the execution's name follows from the decision, so that a repeated attempt
 * starts the same execution.
 *
 * A wait is closed (its number is raised) before the day is run, and the folder is listed once more afterwards. Therefore an
 * event that joined the wait while it ended is not lost, and a later event opens the next wait.
 *
 * A day may have 100,000 files, and a listing of them costs 100 requests. Therefore an event leads to a listing only where
 * nothing cheaper decides (`objectsCame`).
 */

import { NoInputError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import {
  attemptsOf,
  type ExecutionStatus,
  type Executions,
  executionName,
  nextAction,
  type Trigger,
} from '../../shared/job/executions.ts';
import { wholeManifest } from '../../shared/job/folder-state.ts';
import type { Log } from '../../shared/job/job.ts';
import { mainFolder } from '../../shared/job/output-places.ts';
import type { OpenStore } from '../../shared/job/run.ts';
import { SUCCESS } from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';
import { groupActions } from '../group-actions/job.ts';
import { logs } from '../group-actions/logs.ts';
import { MAX_LOOKS } from './arrival-machine.ts';
import { type ArrivalRule, type DayListing, type DayRecord, dayFolderOf, dayRun, decide, timeAfter } from './core.ts';
import { attemptFolder, DAILY, type OpenRecord, openRecord, readJson } from './day-records.ts';
import { openClients } from './outcomes.ts';

/** The deployment, and the services that arrival uses. */
export interface ArrivalEnvironment {
  readonly openStore: OpenStore;
  readonly executions: Executions;
  readonly log: Log;
  readonly now: () => Date;
  /** The ARNs of the two machines. */
  readonly dailyMachine: string;
  readonly arrivalMachine: string;
  /** `s3://bucket/actions.%y/%m%d/*` + `/*` */
  readonly logPattern: string;
  readonly outputRoot: string;
  readonly rule: ArrivalRule;
  readonly quietMinutes: number;
}

/** The result of a look. `name` is the execution that was started or joined. */
export type Outcome =
  | { readonly kind: 'run' | 'joined' | 'waiting'; readonly name: string }
  | { readonly kind: 'nothing'; readonly why: string };

const NO_MARKER = 'there is no marker yet';
const nothing = (why: string): Outcome => ({ kind: 'nothing', why });

/**
 * Handles the arrival of any number of objects of a day.
 *
 * Under the rule `quiet` it joins the day's wait, which lists. Under `marker`, objects that come before the marker cost one HEAD.
 * Objects that come after it are late: they join the day's wait if one is running, and lead to a listing if not.
 *
 * @param hasMarker true when one of the objects is the marker
 */
export async function objectsCame(day: number, hasMarker: boolean, environment: ArrivalEnvironment): Promise<Outcome> {
  if (environment.rule === 'quiet') return joinWait(day, environment);
  if (!hasMarker) {
    if (!(await isMarked(day, environment))) return nothing(NO_MARKER);
    const joined = await joinRunningWait(day, environment);
    if (joined !== undefined) return joined;
  }
  return lookAt(day, 'arrival', environment);
}

/** Looks at a day, and runs it or waits when that is due. @throws NoInputError when a person asks for a day without logs */
export async function lookAt(day: number, trigger: Trigger, environment: ArrivalEnvironment): Promise<Outcome> {
  const output = await environment.openStore(environment.outputRoot);
  for (;;) {
    // The record is read before the listing, so that a decision which replaces it follows from a newer listing.
    const opened = await openRecord(output, day);
    const listing = await listDay(day, environment);
    const { run } = listing;
    if (run === undefined) {
      if (trigger !== 'hand') return nothing('there is no log yet');
      throw new NoInputError(
        `there is no log of day ${dayInWords(day)} in ${dayFolderOf(environment.logPattern, day)}: check the day`,
      );
    }
    if (trigger !== 'hand' && run !== opened.record.run) {
      const decision = decide(environment.rule, listing, await hadRun(output, day, opened.record));
      if (decision === 'nothing') return nothing(NO_MARKER);
      if (decision === 'wait') return joinWait(day, environment);
    }
    const outcome = await startRun(day, run, trigger, opened, output, environment);
    if (outcome !== undefined) return outcome;
  }
}

/** The state of a waiting execution: the run seen at its last look (null before the first look), and the number of looks. */
export interface Look {
  readonly seen: string | null;
  readonly looks: number;
}

/** Looks once, for the waiting execution number `wait`. Returns the `seconds` until the next look, 0 when the wait is over. */
export async function settle(
  day: number,
  wait: number,
  { seen, looks }: Look,
  environment: ArrivalEnvironment,
): Promise<Look & { readonly seconds: number }> {
  const output = await environment.openStore(environment.outputRoot);
  for (;;) {
    const opened = await openRecord(output, day);
    const { record } = opened;
    const { run, marked } = await listDay(day, environment);
    const whole = run !== undefined && (environment.rule === 'quiet' || marked);
    const changed = whole && run !== record.run;
    if (changed && run !== seen && looks < MAX_LOOKS) {
      return { seen: run, looks: looks + 1, seconds: environment.quietMinutes * 60 };
    }
    // The wait may be closed already, by an earlier attempt of this look.
    const closed = { ...record, wait: Math.max(record.wait, wait + 1) };
    const settled = changed && run === seen;
    const done = settled
      ? (await startRun(day, run, 'arrival', { ...opened, record: closed }, output, environment)) !== undefined
      : record.wait > wait || (await opened.replace(closed));
    if (done) break;
  }
  // An event may have joined this wait after the listing.
  await lookAt(day, 'arrival', environment);
  return { seen, looks: looks + 1, seconds: 0 };
}

async function listDay(day: number, environment: ArrivalEnvironment): Promise<DayListing> {
  // The marker is looked for first: files that come after it was seen are late.
  const marked = await isMarked(day, environment);
  return { run: await runOfLogs(day, environment.openStore, environment.logPattern), marked };
}

async function isMarked(day: number, { openStore, logPattern }: ArrivalEnvironment): Promise<boolean> {
  const folder = await openStore(dayFolderOf(logPattern, day));
  return (await folder.head(SUCCESS)) !== undefined;
}

async function runOfLogs(day: number, openStore: OpenStore, inputPathPattern: string): Promise<string | undefined> {
  try {
    const { objects } = await logs({ client: undefined, day, settings: { inputPathPattern }, openStore });
    return dayRun(day, objects);
  } catch (error) {
    if (error instanceof NoInputError) return undefined;
    throw error;
  }
}

/** True when the day has been run. A day whose record has expired still has its output. */
const hadRun = async (output: Store, day: number, { run }: DayRecord): Promise<boolean> =>
  run !== null || (await wholeManifest(output, mainFolder(groupActions, undefined, day))) !== undefined;

/** Starts or joins the day's run. Returns undefined when another decision about the day came between: look again. */
async function startRun(
  day: number,
  run: string,
  trigger: Trigger,
  { record, replace }: OpenRecord,
  output: Store,
  { executions, dailyMachine, now }: ArrivalEnvironment,
): Promise<Outcome | undefined> {
  const isNew = record.run !== run;
  const nameOf = (attempt: number) => executionName(DAILY, day, run, attempt);
  const attempts = await attemptsOf(executions, dailyMachine, nameOf);
  // The configuration may have changed, so a day that a person starts is never taken as published; its finished jobs end at once.
  const published = trigger !== 'hand' && (await isGrouped(output, day, run, attempts.length));
  // Logs may change back to what they were before another run. Their run starts again although it has ended once.
  const action = nextAction(attempts, { published, active: true }, isNew && trigger === 'arrival' ? 'sweep' : trigger);
  const attempt = action.kind === 'nothing' ? attempts.length : action.attempt;
  const isFirst = isNew || attempts.length === 0;
  if (action.kind === 'start' && trigger === 'sweep' && !isFirst && (await isHopeless(output, run, attempts))) {
    return nothing('its last attempt failed with errors that would return: remove the cause, then start it by hand');
  }
  // All clients are taken when a person starts the day, and when its output has been removed.
  const takes = trigger === 'hand' || isFirst || attempts.at(-1) === 'SUCCEEDED' ? 'all' : 'open';
  let { requestedAt } = record;
  const isOther = record.attempt !== attempt || (takes === 'all' && record.takes === 'open');
  if (isNew || requestedAt === null || (action.kind === 'start' && isOther)) {
    requestedAt = timeAfter(requestedAt, now());
    if (!(await replace({ ...record, run, attempt, requestedAt, takes }))) return undefined;
  }
  if (action.kind === 'nothing') return nothing(action.why);
  const name = nameOf(attempt);
  if (action.kind === 'join') return { kind: 'joined', name };
  const running = await executions.start(dailyMachine, name, { day, run, attempt, requestedAt });
  return running ? { kind: 'run', name } : nothing(`${name} has ended already`);
}

/** True when the last attempt failed only in clients, and each of them failed with an error that would return. */
async function isHopeless(output: Store, run: string, attempts: readonly ExecutionStatus[]): Promise<boolean> {
  if (attempts.at(-1) === 'SUCCEEDED') return false;
  const last = { run, attempt: attempts.length };
  const folder = attemptFolder(last);
  // Without the summary, the attempt failed before it knew its clients, or when it summed them up.
  if ((await output.head(`${folder}summary.json`)) === undefined) return false;
  const all = await readJson<readonly string[]>(output, `${folder}all-clients.json`);
  return all !== undefined && (await openClients(output, last, all.value)).length === 0;
}

/** True when the day's output is that of its last attempt. Each client's job checks its own output. */
async function isGrouped(output: Store, day: number, run: string, attempt: number): Promise<boolean> {
  const grouped = await readJson<{ run: string }>(output, `${attemptFolder({ run, attempt })}grouped.json`);
  const manifest = await wholeManifest(output, mainFolder(groupActions, undefined, day));
  return manifest !== undefined && manifest.run === grouped?.value.run;
}

const waitName = (day: number, wait: number): string => `arrival-${day}-${wait}`;

/**
 * Joins the day's waiting execution if one is running; undefined if not. The record was read before, and its wait was open
 * then. Therefore the wait lists the folder after its end once more, and finds the objects that the events were about.
 */
async function joinRunningWait(
  day: number,
  { openStore, outputRoot, executions, arrivalMachine }: ArrivalEnvironment,
): Promise<Outcome | undefined> {
  const { wait } = (await openRecord(await openStore(outputRoot), day)).record;
  const name = waitName(day, wait);
  if ((await executions.status(arrivalMachine, name)) !== 'RUNNING') return undefined;
  // The status may be some seconds old. A start joins a running execution only.
  return (await executions.start(arrivalMachine, name, { day, wait })) ? { kind: 'waiting', name } : undefined;
}

/** Starts the day's waiting execution, or joins the one that is running. */
async function joinWait(
  day: number,
  { openStore, outputRoot, executions, arrivalMachine }: ArrivalEnvironment,
): Promise<Outcome> {
  const output = await openStore(outputRoot);
  for (;;) {
    const { record, replace } = await openRecord(output, day);
    const { wait } = record;
    const name = waitName(day, wait);
    if (await executions.start(arrivalMachine, name, { day, wait })) return { kind: 'waiting', name };
    // The execution of that name has ended without closing its wait (it failed, or was stopped), and no other can have its name.
    await replace({ ...record, wait: wait + 1 });
  }
}
