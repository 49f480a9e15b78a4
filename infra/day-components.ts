/** The two components that are no jobs: the day (the grouping, then every client's jobs) and the arrival of its logs. */
import { ARRIVAL_HANDLERS, compileArrivalMachine, MAX_LOOKS } from '../functions/day-arrival/arrival-machine.ts';
import { defined } from '../shared/defined.ts';
import { compileDailyMachine } from '../shared/job/daily-machine.ts';
import { DAILY_HANDLERS, LIVE_HANDLERS } from '../shared/job/day-tasks.ts';
import type { AnyJob } from '../shared/job/job.ts';
import type { HandlerSpec } from '../shared/job/state-machine.ts';
import { type Access, type Component, type FunctionSpec, NO_ACCESS } from './component.ts';
import type { Environment } from './environment.ts';
import { formerFunctions } from './former-functions.ts';
import { runsBesideDay } from './slots.ts';

/** The folder of `functions/` with the functions of both. */
const CODE = 'day-arrival';
const DAILY = 'daily';
const ARRIVAL = 'arrival';

export function dailyComponent(environment: Environment, jobs: readonly AnyJob[]): Component {
  const names = jobs.map(({ name }) => name);
  const access: Record<string, Partial<Access>> = {
    explain: { inspects: names },
    clients: { reads: ['outputs'], writes: ['work'] },
    enabled: { reads: ['config'] },
    // A database may have the catalogue of a client's items.
    configure: { reads: ['config', 'outputs', 'readable'], writes: ['work'], deletes: ['work'], database: true },
    fold: { reads: ['outputs'], writes: ['outputs'], deletes: ['outputs'] },
    activate: { reads: ['config', 'outputs', 'readable'], writes: ['config', 'outputs'], database: true },
    rest: { reads: ['work'], writes: ['work'] },
    record: { writes: ['work'] },
    // The nodes name the catalogue with the names of items.
    report: { reads: ['config', 'outputs', 'readable'], writes: ['outputs'] },
    // The histories of models say for how long they have been blocked or held.
    summary: { reads: ['outputs'], writes: ['work'] },
    // The commands on live models train nothing: they read versions, move nodes, and upload a table's rows again. `tune` reads
    // a client's settings here, and writes those that it has found.
    models: { reads: ['config', 'outputs', 'readable'], writes: ['config', 'outputs'], database: true },
  };
  const functions = [...DAILY_HANDLERS, ...LIVE_HANDLERS].map((spec) => withAccess(spec, access[spec.name]));
  return {
    name: DAILY,
    code: CODE,
    functions,
    formerFunctions: formerFunctions(DAILY, functions),
    calledFunctions: DAILY_HANDLERS.map(({ name }) => name),
    calledByPeople: LIVE_HANDLERS.map(({ name }) => name),
    machine: compileDailyMachine(jobs, environment),
    visits: Object.fromEntries(['Client days', 'Any folded?', 'Rest', 'Any left?'].map((state) => [state, 2])),
    distributes: true,
    childMachines: names,
    isJob: false,
    isAside: false,
    variables: { STALE_DAYS: String(environment.staleDays), RUNS_BESIDE_DAY: String(runsBesideDay(environment)) },
  };
}

export function arrivalComponent(
  { arrival, quietMinutes, sweepDays, alarmRunMinutes }: Environment,
  jobs: readonly AnyJob[],
): Component {
  const looks: Partial<Access> = { reads: ['logs', 'outputs'], writes: ['work'], starts: [DAILY, ARRIVAL] };
  // The runs of arrival itself are not looked at: they wait until the logs have settled, which may take any time.
  const sweeps: Partial<Access> = { ...looks, lists: [DAILY, ...jobs.map(({ name }) => name)] };
  return {
    name: ARRIVAL,
    code: CODE,
    functions: ARRIVAL_HANDLERS.map((spec) => withAccess(spec, spec.name === 'sweep' ? sweeps : looks)),
    formerFunctions: formerFunctions(ARRIVAL, ARRIVAL_HANDLERS),
    machine: compileArrivalMachine(),
    visits: Object.fromEntries(['Settle', 'Settled?', 'Wait'].map((state) => [state, MAX_LOOKS + 1])),
    distributes: false,
    calledFunctions: ['settle'],
    childMachines: [],
    isJob: false,
    isAside: false,
    variables: {
      ARRIVAL_RULE: arrival,
      QUIET_MINUTES: String(quietMinutes),
      SWEEP_DAYS: String(sweepDays),
      SLOW_MINUTES: String(alarmRunMinutes),
    },
    wakes: { onObject: 'arrive', everyHour: 'sweep' },
  };
}

/**
 * The functions that people and arrival need on a busy day too: a rollback must not wait for shards. Arrival calls `arrive` at
 * most four times at once.
 */
const OWN_SLOTS: Readonly<Record<string, number>> = { models: 5, arrive: 5, settle: 5 };

function withAccess(spec: HandlerSpec, access: Partial<Access> | undefined): FunctionSpec {
  if (access === undefined)
    throw new Error(`infra/day-components.ts does not say what function ${spec.name} of ${CODE} may do`);
  return defined({ ...spec, access: { ...NO_ACCESS, ...access }, ownSlots: OWN_SLOTS[spec.name] });
}
