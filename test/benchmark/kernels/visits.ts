/** The kernel of jobs that cut users' actions into visits: it orders actions by user and time, cuts them and writes lines. */
import type * as z from 'zod';
import { doublesIn, integersIn } from '../../../shared/columns/bytes.ts';
import type { Job, Settings } from '../../../shared/job/job.ts';
import { mergeUserLines } from '../../../shared/shuffle/merge-user-lines.ts';
import { orderActions } from '../../../shared/shuffle/order-actions.ts';
import { partCount } from '../../../shared/shuffle/parts.ts';
import { UserLines } from '../../../shared/shuffle/user-lines.ts';
import type { Visits } from '../../../shared/shuffle/visits.ts';
import { actionsIn, groupedByUser, ONE_BUCKET } from './actions.ts';
import type { Kernel } from './kernel.ts';
import { segmentsIn } from './segments.ts';

export function visitKernel<S extends Settings>(
  job: Job<S>,
  visits: Pick<Visits<z.output<S>>, 'actions' | 'cut'>,
): Kernel {
  return async ({ folder, settings: given }) => {
    const settings = job.settings.parse(given);
    const actions = actionsIn(folder);
    return async function* () {
      const lines = new UserLines(ONE_BUCKET);
      visits.cut(orderActions(groupedByUser(actions, visits.actions(settings))), settings, lines);
      yield* textOf(lines);
    };
  };
}

/** Yields the parts one after another. */
async function* textOf(lines: UserLines): AsyncIterable<Uint8Array> {
  const file = await segmentsIn(lines.finish());
  const text = await file.read('text');
  const users = doublesIn(await file.read('users'));
  const lengths = integersIn(await file.read('lengths'));
  const parts = partCount(lines.lines);
  for (let part = 0; part < parts; part++) yield* mergeUserLines([{ users, lengths, text: once(text) }], part, parts);
}

async function* once(text: Uint8Array): AsyncGenerator<Uint8Array> {
  yield text;
}
