/** `offline evaluate --env`: the request for an evaluation by a deployed pipeline, which has its own roots and configuration. */
import type { EvaluationRequest } from '../../shared/evaluation/evaluate-variants.ts';
import { askedFor, checkActions, checkSettings, type EvaluateOptions, evaluationOf } from '../evaluation-request.ts';
import { runInput } from '../options.ts';
import { settingsKnownTo } from '../set-keys.ts';
import { refusePlaces } from './own-places.ts';
import type { Remote } from './remote.ts';
import { type EnabledJobs, enabledIn } from './remote-runner.ts';

/**
 * Returns the request, and what the deployment says about the client's jobs. The values of the variants are checked before
 * anything is started.
 *
 * @throws UsageError, ConfigError, NoInputError
 */
export async function remoteRequest(
  options: EvaluateOptions,
  remote: Remote,
): Promise<{ readonly request: EvaluationRequest; readonly enabled: EnabledJobs }> {
  refusePlaces(options);
  const enabled = await enabledIn(remote, options.client);
  const asked = await askedFor(options, async () => enabled.names);
  const { settings = {} } = runInput(undefined, options.set === undefined ? {} : { set: options.set });
  checkSettings(asked.variants, new Map(asked.jobs.map((job) => [job, { settings: settingsKnownTo(job, settings) }])));
  const root = await remote.outputRoot();
  await checkActions(options, root);
  return {
    request: {
      ...evaluationOf(options, asked, root, root),
      configOf: (job) => ({ settings: settingsKnownTo(job, settings) }),
    },
    enabled,
  };
}
