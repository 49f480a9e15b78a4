/** Runs the trainings of an evaluation by the state machines of a deployed pipeline, and waits for them. */
import * as z from 'zod';
import { readCause } from '../../functions/day-arrival/failure-words.ts';
import { readConfig } from '../../shared/config/read-config.ts';
import { defined } from '../../shared/defined.ts';
import { PipelineError } from '../../shared/errors.ts';
import type { NamedRun, Runner } from '../../shared/evaluation/trainings.ts';
import { readsKey } from '../../shared/job/day-tasks.ts';
import type { TimedInput } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { checkedAnswer } from './checked-answer.ts';
import { type Remote, statusAtEnd } from './remote.ts';
import { type JobRequest, startJob } from './start.ts';

/** The most runs that are under way at the same time. Those of a day need slots too. */
const AT_ONCE = 4;

const namedRunSchema: z.ZodType<NamedRun> = z.object({
  id: z.string(),
  day: z.int(),
  client: z.string().nullable(),
  output: z.string(),
});

/** The jobs that a client has, and the folders that those read whose settings decide it. */
export interface EnabledJobs {
  readonly names: readonly string[];
  readonly foldersOf: (job: AnyJob) => readonly string[];
}

/** Asks the deployment, because only its functions reach the configuration. */
export async function enabledIn(remote: Remote, client: string): Promise<EnabledJobs> {
  const schema = z.record(z.string(), z.union([z.boolean(), z.record(z.string(), z.boolean())]));
  const answer = checkedAnswer(schema, await remote.invoke('daily', 'enabled', { client }), 'a list of jobs');
  const trueIn = (flags: Readonly<Record<string, unknown>>) => Object.keys(flags).filter((key) => flags[key] === true);
  return {
    names: trueIn(answer),
    foldersOf: (job) => {
      const read = answer[readsKey(job)];
      return typeof read === 'object' ? trueIn(read) : [];
    },
  };
}

/**
 * @param pause waits before the next look at an execution
 * @param atOnce the number of runs that are under way at the same time
 */
export function remoteRunner(
  remote: Remote,
  enabled: EnabledJobs,
  pause: () => Promise<unknown>,
  onStart: (name: string, execution: string) => void = () => undefined,
  atOnce = AT_ONCE,
): Runner {
  return {
    atOnce,
    openStore,
    foldersRead: async (job, { settings = {} }) => {
      if (job.inputs.foldersOf === undefined) return job.inputs.folders;
      const asked = readConfig({ schema: job.settings, jobName: job.name, overrides: settings });
      // Either may be the one that is read, so both are made.
      return [...new Set([...enabled.foldersOf(job), ...job.inputs.foldersOf(asked.settings)])];
    },
    configure: async (job, { requestedAt, ...input }) =>
      checkedAnswer(
        namedRunSchema,
        await remote.invoke(job.name, 'configure', { input, requestedAt }),
        'a configured run',
      ),
    run: async (job, input, name) => {
      const started = await startJob(remote, job, requestOf(input));
      if (started.kind === 'nothing') return { cpuMs: 0 };
      onStart(name, started.name);
      const machine = await remote.machine(job.name);
      const status = await statusAtEnd(remote, machine, started.name, pause);
      if (status !== 'SUCCEEDED') throw await failureOf(remote, machine, started.name, status);
      return { cpuMs: 0 };
    },
  };
}

/** The deployment has its own configuration root. */
const requestOf = ({ client, settings = {}, config, shards, requestedAt }: TimedInput): JobRequest =>
  defined<JobRequest>({ client, settings, config, shards, requestedAt });

/** Returns the error of the shard or the state because of which an execution failed. */
async function failureOf(remote: Remote, machine: string, name: string, status: string): Promise<PipelineError> {
  const report = await remote.describe(machine, name);
  const told = { error: report?.error ?? `Execution ${status}`, cause: report?.cause ?? '' };
  // The shard that failed may belong to an execution to which this one handed over.
  const { executionArn = report?.arn } = readCause(told);
  const inside = executionArn === undefined ? undefined : await remote.failureInside(executionArn);
  const { error, cause } = readCause(inside ?? told);
  const failure = new PipelineError(cause || `execution ${name} ended as ${status}`);
  failure.name = error;
  return failure;
}
