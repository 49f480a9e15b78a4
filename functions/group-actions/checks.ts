/** The checks of the whole input. They run when all of it has been read, before `repair` computes anything from it. */
import { NoInputError, WrongDayError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { checkRejects } from '../../shared/job/rejects.ts';
import type { SegmentFile } from '../../shared/store/segments.ts';
import { SHOWN_CLIENTS } from './core-collect.ts';
import { addDays, commonestDays } from './core-days.ts';
import type { GroupingRun } from './settings.ts';
import type { ScanMeta } from './steps-scan.ts';
import { waysOutOfRejects } from './ways-out.ts';

type ScannedFiles = readonly SegmentFile<ScanMeta>[];

/** @throws TooManyRejectsError, WrongDayError; NoInputError when there is no record, or none of the single client */
export async function checkInput(run: GroupingRun, scanned: ScannedFiles): Promise<void> {
  await checkRejects(run, scanned, {
    ...waysOutOfRejects(run.settings.ids),
    first: async () => scanned.flatMap((file) => file.meta.firstRejects),
  });
  checkDays(run, scanned);
  checkClient(run, scanned);
}

/** The share is taken over all clients, like the share of rejects, because a wrong pattern is wrong for every client. */
function checkDays({ day, settings: { maxOtherDays } }: GroupingRun, scanned: ScannedFiles): void {
  const counts = addDays(scanned.map((file) => file.meta.days));
  const { actions, far } = counts;
  if (far <= maxOtherDays * actions) return;
  throw new WrongDayError(
    `${far} of ${actions} actions are more than a day away from ${dayInWords(day)}, and maxOtherDays allows ` +
      `${Number((100 * maxOtherDays).toPrecision(12))} %. The commonest days: ${commonestDays(counts)}. ` +
      'Put the day into the pattern (%y, %m, %d), check the date, or raise maxOtherDays (--max-other-days)',
  );
}

function checkClient({ settings: { singleClient } }: GroupingRun, scanned: ScannedFiles): void {
  if (singleClient === undefined || scanned.some((file) => file.meta.clients.length > 0)) return;
  const others = [...new Set(scanned.flatMap((file) => file.meta.others))].sort();
  const named = others.slice(0, SHOWN_CLIENTS).map((client) => JSON.stringify(client));
  const more = others.length > SHOWN_CLIENTS ? ', …' : '';
  throw new NoInputError(
    `no line is of the client ${JSON.stringify(singleClient)}, and names are compared exactly: ` +
      (named.length === 0 ? 'no line names a client' : `the clients are ${named.join(', ')}${more}`),
  );
}
