/** Starts a day, or one job of one client, in a deployed pipeline. */
import * as z from 'zod';
import type { Outcome } from '../../functions/day-arrival/arrival.ts';
import { factsOf } from '../../shared/config/settings.ts';
import { UsageError } from '../../shared/errors.ts';
import { attemptsOf, executionName, nextAction } from '../../shared/job/executions.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { JsonValue } from '../../shared/json.ts';
import { checkedAnswer } from './checked-answer.ts';
import type { Remote } from './remote.ts';

const outcomeSchema: z.ZodType<Outcome> = z.union([
  z.object({ kind: z.enum(['run', 'joined', 'waiting']), name: z.string() }),
  z.object({ kind: z.literal('nothing'), why: z.string() }),
]);

/** The part of a RunRef that decides which execution a run needs. */
const configuredSchema = z.object({
  id: z.string(),
  day: z.int(),
  done: z.boolean(),
  activation: z.object({}).nullable(),
  notActivated: z.string().nullable(),
});

/** The deployment decides, as it does when a day arrives. A second start of the same day joins the run that is under way. */
export const startDay = async (remote: Remote, day: number): Promise<Outcome> =>
  checkedAnswer(outcomeSchema, await remote.invoke('arrival', 'start', { day }), 'the outcome of starting a day');

/** The request for one run of one job. */
export type JobRequest = {
  readonly client?: string;
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** A JSON text that is used in place of the node's. It has no secret. */
  readonly config?: { readonly from: string; readonly text: string };
  readonly shards?: number;
  /** ISO-8601. */
  readonly requestedAt: string;
};

/** Calls the job's `configure`, which names the run and says if it is done, and then starts or joins an execution. */
export async function startJob(remote: Remote, job: AnyJob, request: JobRequest): Promise<Outcome> {
  refuseSecrets(job, request.settings);
  const machine = await remote.machine(job.name);
  const { requestedAt } = request;
  const configured = await remote.invoke(job.name, 'configure', { input: request, requestedAt });
  const ref = checkedAnswer(configuredSchema, configured, 'a configured run');
  const nameOf = (attempt: number) => executionName(job.name, ref.day, ref.id, attempt);
  const attempts = await attemptsOf(remote.executions, machine, nameOf);
  if (ref.done && attempts.at(-1) !== 'RUNNING') {
    const activity = ref.notActivated === null ? (ref.activation ? ' and active' : '') : '';
    const kept = ref.notActivated === null ? '' : `, and is not activated: ${ref.notActivated}`;
    return { kind: 'nothing', why: `run ${ref.id} is published${activity} already${kept}` };
  }
  const action = nextAction(attempts, { published: ref.done, active: ref.done }, 'hand');
  if (action.kind === 'nothing') return action;
  const name = nameOf(action.attempt);
  if (action.kind === 'join') return { kind: 'joined', name };
  if (await remote.executions.start(machine, name, request)) return { kind: 'run', name };
  return { kind: 'nothing', why: `${name} was started by somebody else at the same moment` };
}

/**
 * Refuses secrets, because many people can read an execution's input.
 * @throws UsageError naming the setting, never its value
 */
function refuseSecrets(job: AnyJob, settings: Readonly<Record<string, JsonValue>>): void {
  for (const [key, value] of Object.entries(settings)) {
    const field = job.settings.shape[key];
    if (field === undefined || !factsOf(field).secret || value === '') continue;
    throw new UsageError(
      `--set ${key}: a secret would show in the execution's history. Put it into the client's node as secret:<name>`,
    );
  }
}
