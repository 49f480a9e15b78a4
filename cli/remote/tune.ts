/** The place where `offline tune --env` searches: a deployed pipeline, whose machines train and whose function sets the node. */
import { defined } from '../../shared/defined.ts';
import type { RunInput } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { type NodeRequest, type ReadNodeRequest, readNodeSchema } from '../../shared/tuning/node-requests.ts';
import type { TunePlace } from '../tune-place.ts';
import { checkedAnswer } from './checked-answer.ts';
import type { Remote } from './remote.ts';
import { enabledIn, remoteRunner } from './remote-runner.ts';

/**
 * @param input the options as those of a run
 * @param pause waits before the next look at an execution
 * @throws ConfigError
 */
export async function placeIn(
  remote: Remote,
  job: AnyJob,
  client: string,
  { settings = {}, config }: RunInput,
  pause: () => Promise<unknown>,
): Promise<TunePlace> {
  const ask = (request: NodeRequest) => remote.invoke('daily', 'models', request);
  const reading = defined<ReadNodeRequest>({ command: 'node', client, job: job.name, settings, config });
  const node = checkedAnswer(readNodeSchema, await ask(reading), 'the settings of a client');
  const enabled = await enabledIn(remote, client);
  return {
    settings: node.settings,
    warnings: node.warnings,
    text: config?.text ?? node.text ?? undefined,
    withRunner: (work) => work(remoteRunner(remote, enabled, pause, () => undefined, node.runsAtOnce)),
    apply: async (point, because) => {
      await ask({ command: 'set-node', client, job: job.name, version: node.version, point, because });
    },
  };
}
