/**
 * The handlers of a job: the functions that its state machine calls, in Lambda and in the local run.
 *
 * A handler gets a small JSON event and returns a small JSON answer. Data goes through the store. The message of an error
 * begins with its place: job, client, day, step, shard.
 */

import { masked } from '../config/masked.ts';
import { decidingSettings } from '../config/settings-readings.ts';
import { defined } from '../defined.ts';
import { UsageError } from '../errors.ts';
import { checkForgotten, forgettingClients } from '../forget/forgotten-of-run.ts';
import { dayInWords } from '../in-words.ts';
import type { JsonValue } from '../json.ts';
import { activate } from '../live/activate.ts';
import { keepNewVersion } from '../live/kept.ts';
import { versionName } from '../store/keys.ts';
import { addressOf } from '../store/location.ts';
import { judge } from '../verdict/judge.ts';
import { assertSameBuild } from './build.ts';
import { configure, type HandlerEnvironment } from './configure.ts';
import { fold } from './fold.ts';
import type { FoldAnswer } from './fold-answer.ts';
import { type RunInput, readSettings } from './gather.ts';
import type { Handler, HandlerEvent } from './handler.ts';
import { commitHashed, commitMissingHash } from './hashed-objects.ts';
import { completedIterations, dropIterations } from './iterations.ts';
import {
  type AfterPublish,
  type AnyJob,
  type AnyWork,
  type Log,
  modelsNodeOf,
  type Publication,
  type Run,
} from './job.ts';
import { isPublished, mainFolder, publicationOf, versionOf } from './output-places.ts';
import { NOTHING_WRITTEN, publish } from './publish.ts';
import { publishModel } from './publish-model.ts';
import { checkReadBy } from './readable.ts';
import { openRun, type RunRef } from './run.ts';
import { assertFits } from './state-limit.ts';
import { handlersOfMachine } from './state-machine.ts';
import { checkedBody, checkedNext, checkedShards, thrownError } from './step-answers.ts';

export type { Handler, HandlerEvent } from './handler.ts';

/** Returns the handlers by name, for every function that the job's machine calls. */
export function handlersOf(job: AnyJob): Readonly<Record<string, Handler>> {
  const bodies: Record<string, Handler> = {
    configure: ({ input, requestedAt }, environment) =>
      configure(job, { requestedAt: requestedAt as string, ...(input as RunInput) }, environment),
    plan: async (event, environment) => planStep(job, event.step as string, await runOf(event, environment)),
    publish: async (event, environment) => publishRun(job, event.run as RunRef, await runOf(event, environment)),
    verdict: async (event, environment) => {
      const { verdict } = await judge(job, event.run as RunRef, await runOf(event, environment));
      return { verdict };
    },
    fold: (event, environment) => foldRun(job, event.run as RunRef, environment),
    activate: (event, environment) => activateRun(job, event.run as RunRef, environment),
  };
  const after = job.afterPublish;
  if (after !== undefined) {
    bodies[after.name] = async (event, environment) =>
      followRun(job, after, event, await runOf(event, environment), environment);
  }
  for (const step of job.steps) {
    const map = step.kind === 'loop' ? step.body : step;
    bodies[map.name] = async (event, environment) => runShard(map, await runOf(event, environment), event);
    if (step.kind === 'loop') {
      bodies[step.name] = async (event, environment) => {
        const run = await runOf(event, environment);
        const completed = await completedIterations(run.work, map, step.keep);
        await dropIterations(run.work, map, completed - step.keep);
        const next = checkedNext(await step.advance(run, completed));
        const rounds = event.rounds === undefined ? {} : { rounds: event.rounds + 1 };
        if (next.done) return { done: true, iteration: completed, ...rounds };
        const list = await run.work.fixShards(map, next.shards, completed);
        return { done: false, iteration: completed, ...rounds, ...addressOf(run.output, list.key), count: list.count };
      };
    }
  }
  const memory = new Map(handlersOfMachine(job).map((spec) => [spec.name, spec.memoryMb]));
  const runOf = (event: HandlerEvent, { openStore, log, onLoad }: HandlerEnvironment): Promise<Run> => {
    const name = event.step ?? 'plan';
    const checkRead = checkReadBy(job, name);
    return openRun(event.run as RunRef, openStore, memory.get(name) ?? 1024, log, { onLoad, checkRead });
  };

  return Object.fromEntries([...memory.keys()].map((name) => [name, guarded(job, name, bodies[name]!)]));
}

/**
 * Runs a configured run from its first step to Publish in this process (`fold.ts`).
 *
 * @param environment its `remainingMs` is the time of the process. It needs no `openConfigRoot`
 */
export const foldRun = (job: AnyJob, ref: RunRef, environment: HandlerEnvironment): Promise<FoldAnswer> =>
  fold(job, handlersOf(job), ref, environment);

/**
 * Adds the place to every error. Refuses an event or an answer that is too large for a state, and an execution of another
 * build.
 */
function guarded(job: AnyJob, name: string, body: Handler): Handler {
  return async (event, environment) => {
    const step = event.step ?? name;
    const place = placeOf(job, step, event);
    return inPlace(place, async () => {
      assertFits(event as JsonValue, 'the event');
      if (event.build !== undefined) assertSameBuild(event.build, environment.build);
      if (event.run !== undefined) assertSameBuild(event.run.build, environment.build);
      const log: Log = (level, message, fields) => environment.log(level, masked(message), { ...place, ...fields });
      const answer = await body({ ...event, step: name === 'plan' ? step : name }, { ...environment, log });
      assertFits(answer, 'the answer');
      return answer;
    });
  };
}

/** Runs `body`. The message of an error that it throws begins with the place, because readers of failures rely on that. */
export async function inPlace<T>(place: Readonly<Record<string, JsonValue>>, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (thrown) {
    const error = thrownError(thrown);
    error.message = masked(`${inWords(place)}: ${error.message}`);
    throw error;
  }
}

/** Returns the job, client, day, run, step and shard, for logs and messages. */
export function placeOf(job: AnyJob, step: string, event: HandlerEvent): Record<string, JsonValue> {
  const client = event.run?.client ?? event.input?.client;
  return defined({
    job: job.name,
    client: client || undefined,
    day: event.run?.day,
    run: event.run?.id,
    step,
    shard: event.shard?.index,
    iteration: event.iteration,
  });
}

const inWords = (place: Record<string, JsonValue>): string =>
  Object.entries(place)
    .filter(([name]) => name !== 'run')
    .map(([name, value]) =>
      name === 'job' ? value : `${name} ${name === 'day' ? dayInWords(value as number) : value}`,
    )
    .join(', ');

async function planStep(job: AnyJob, name: string, run: Run): Promise<JsonValue> {
  const step = job.steps.find((candidate) => candidate.kind === 'map' && candidate.name === name);
  if (step?.kind !== 'map') throw new UsageError(`${job.name} has no step '${name}' to plan`);
  const { key, count } = await run.work.fixShards(step, checkedShards(await step.shards(run)));
  return { ...addressOf(run.output, key), count };
}

async function runShard(step: AnyWork, run: Run, event: HandlerEvent): Promise<JsonValue> {
  const shard = await run.work.entry(step, event.shard as NonNullable<HandlerEvent['shard']>, event.iteration);
  const key = run.work.key(step, shard.index, event.iteration);
  const compute = async () => checkedBody(await step.run(run, shard, event.iteration ?? 0));
  if (await run.work.store.head(key)) {
    if (step.publishes) await commitMissingHash(run.work, key, compute);
    return { computed: false };
  }
  const body = await compute();
  return { computed: await (step.publishes ? commitHashed(run.work, key, body) : run.work.commit(key, body)) };
}

async function publishRun(job: AnyJob, ref: RunRef, run: Run): Promise<JsonValue> {
  const common = {
    run,
    version: job.version,
    requestedAt: ref.requestedAt,
    settings: decidingSettings(job.settings, run.settings),
  };
  const version = versionOf(job, run);
  if (version !== undefined) {
    const written = await publishModel({
      ...common,
      versionFolder: version,
      dayFolder: mainFolder(job, run.client, run.day),
      dayFolderIsNamed: ref.dayFolderIsNamed,
      publication: () => checkedPublicationOf(job, run),
    });
    if (written.files > 0) await dropOldVersions(job, ref, run);
    return written;
  }
  const isDone = () => isPublished(job, run);
  if (await isDone()) return NOTHING_WRITTEN;
  return publish({ ...common, publication: await checkedPublicationOf(job, run), isPublished: isDone });
}

/** @throws InputChangedError when a user has been forgotten since the run began, and what `publicationOf` throws */
async function checkedPublicationOf(job: AnyJob, run: Run): Promise<Publication> {
  const publication = await publicationOf(job, run);
  // The lists are beside the actions, which a run over all clients writes and the others read.
  const lists = job.scope === 'logs' ? run.output : run.input;
  await checkForgotten(run, forgettingClients(job, run, publication), lists);
  return publication;
}

/** Removes the versions that need not be kept after a new one. */
async function dropOldVersions(job: AnyJob, { id, day, keepVersions, live }: RunRef, run: Run): Promise<void> {
  const node = modelsNodeOf(job);
  if (node === undefined || run.client === undefined) return;
  const place = { store: run.output, client: run.client, node };
  // A table has no location that names the version with its rows, but day and run name it.
  const named = live?.run && live.day !== null ? versionName(live.day, live.run) : (live?.location ?? null);
  const options = { keepVersions, live: named, now: new Date() };
  const removed = await keepNewVersion(place, versionName(day, id), options);
  if (removed.length > 0) run.log('info', `removed ${removed.length} old versions: ${removed.join(', ')}`);
}

async function followRun(
  job: AnyJob,
  after: AfterPublish<unknown>,
  { input, run: ref }: HandlerEvent,
  run: Run,
  { openConfigRoot, log }: HandlerEnvironment,
): Promise<JsonValue> {
  const { settings: configured } = await readSettings(job, input as RunInput, openConfigRoot);
  // A setting in the plan keeps the value that it had when the run began.
  const settings = { ...configured, ...run.settings };
  if (after.isWanted(settings)) return after.run({ ...run, settings }, (ref as RunRef).requestedAt);
  log('info', `no ${after.name} was asked for`);
  return {};
}

async function activateRun(
  job: AnyJob,
  { client, activation, day, id, requestedAt, keepVersions, output }: RunRef,
  { openConfigRoot, openStore, log }: HandlerEnvironment,
): Promise<JsonValue> {
  if (activation === null) return { activated: false };
  await using root = await openConfigRoot(activation.configRoot);
  const { location, registerClient } = activation;
  const store = await openStore(output);
  const done = await activate(
    { root, client: client as string, node: job.activates as string, store, registerClient, keepVersions },
    { day, run: id, requestedAt, location },
    { warn: (words) => log('warn', words) },
  );
  if (done.activated) return { activated: true, location };
  log('warn', `not activated: ${done.notActivated}`);
  return { activated: false, notActivated: done.notActivated };
}
