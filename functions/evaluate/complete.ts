/** The settings that an evaluation takes from elsewhere when its own node leaves them open. */
import { configNode } from '../../shared/activation/nodes.ts';
import { readConfig } from '../../shared/config/read-config.ts';
import { defined } from '../../shared/defined.ts';
import type { CompleteRequest } from '../../shared/job/job.ts';
import { settings as factorization } from '../matrix-factorization/settings.ts';
import { formatCandidates } from './candidates.ts';
import { testDaysOf } from './days.ts';
import { findCandidates } from './find-candidates.ts';
import type { EvaluationSettings } from './settings.ts';

/** The job whose weightings an evaluation takes. */
const WEIGHTED = 'matrix-factorization';

/** @throws ConfigError for a node of matrix-factorization that is wrong */
export async function complete(request: CompleteRequest<EvaluationSettings>): Promise<Partial<EvaluationSettings>> {
  const { settings, day } = request;
  return {
    actionWeightings: settings.actionWeightings ?? (await weightingsOf(request)),
    candidates: settings.candidates ?? formatCandidates(await findCandidates(request, testDaysOf(settings, day).from)),
  };
}

/** Returns the weightings of the client's matrix-factorization; those of its defaults when the client has no such node. */
async function weightingsOf({ client, root }: CompleteRequest<EvaluationSettings>) {
  const path = configNode(client, WEIGHTED);
  const node = root && { path: `${path} (${root.describe})`, text: (await root.read(path))?.data };
  const sources = {
    schema: factorization,
    jobName: WEIGHTED,
    ...defined<{ node?: NonNullable<typeof node> }>({ node }),
  };
  return readConfig(sources).settings.actionWeightings;
}
