/** Checks on the whole input, once all of it was read and before anything is computed from it. */
import { NoInputError, WrongDayError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { checkRejects, type ReadFile } from '../../shared/job/rejects.ts';
import { SHOWN_CLIENTS } from './core-collect.ts';
import { addDays, commonestDays } from './core-days.ts';
import type { GroupingRun } from './settings.ts';
import { scanMeta } from './steps-scan.ts';

/** @throws TooManyRejectsError, WrongDayError, NoInputError (no record at all, or none of the single client) */
export async function checkInput(run: GroupingRun, scanned: readonly ReadFile[]): Promise<void> {
  await checkRejects(run, scanned, {
    option: '--max-reject-ratio',
    first: async () => scanned.flatMap((file) => scanMeta(file).firstRejects),
  });
  checkDays(run, scanned);
  checkClient(run, scanned);
}

/** Over all clients, as the share of rejects: a wrong pattern is wrong for each of them. */
function checkDays({ day, settings: { maxOtherDays } }: GroupingRun, scanned: readonly ReadFile[]): void {
  const counts = addDays(scanned.map((file) => scanMeta(file).days));
  const { actions, far } = counts;
  if (far <= maxOtherDays * actions) return;
  throw new WrongDayError(
    `${far} of ${actions} actions are more than a day away from ${dayInWords(day)}, and maxOtherDays allows ` +
      `${Number((100 * maxOtherDays).toPrecision(12))} %. The commonest days: ${commonestDays(counts)}. ` +
      'Put the day into the pattern (%y, %m, %d), check the date, or raise maxOtherDays (--max-other-days)',
  );
}

function checkClient({ settings: { singleClient } }: GroupingRun, scanned: readonly ReadFile[]): void {
  if (singleClient === undefined || scanned.some((file) => scanMeta(file).clients.length > 0)) return;
  const others = [...new Set(scanned.flatMap((file) => scanMeta(file).others))].sort();
  const named = others.slice(0, SHOWN_CLIENTS).map((client) => JSON.stringify(client));
  const more = others.length > SHOWN_CLIENTS ? ', …' : '';
  throw new NoInputError(
    `no line is of the client ${JSON.stringify(singleClient)}, names being compared exactly: ` +
      (named.length === 0 ? 'none tells a client' : `the clients are ${named.join(', ')}${more}`),
  );
}
