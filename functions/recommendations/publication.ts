/** The output of a run: the parts, and a sample of rejected lines if there are any. */
import { defined } from '../../shared/defined.ts';
import { EmptyModelError } from '../../shared/errors.ts';
import type { DayOutput } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import type { JsonValue } from '../../shared/json.ts';
import { readExcluded } from '../../shared/shuffle/excluded-users.ts';
import { openListed } from './listed-items.ts';
import { readFacts } from './model-facts.ts';
import type { RecommendationRun } from './settings.ts';
import { meet } from './steps-meet.ts';
import { formattedParts } from './steps-order.ts';
import { parse, read } from './steps-read.ts';
import { recommend } from './steps-recommend.ts';

/** @throws EmptyModelError when no user would get an item */
export async function publication(run: RecommendationRun): Promise<DayOutput> {
  const readFiles = await run.work.openAll(read);
  const { lines, rejected, forgotten } = readCounts(readFiles);
  const model = (await run.work.openAll(parse)).map(({ meta }) => meta);
  const made = (await run.work.openAll(recommend)).map(({ meta }) => meta);
  const sum = (name: 'fromModel' | 'fromPopularity' | 'unknown' | 'empty' | 'listed' | 'unnamed'): number =>
    made.reduce((total, meta) => total + meta[name], 0);
  const items = model.reduce((total, part) => total + part.items, 0);
  const itemsNotAllowed = model.reduce((total, part) => total + part.barred, 0);
  if (sum('listed') === 0) {
    throw new EmptyModelError(
      `nobody would get an item: ${itemsNotAllowed} of the ${items + itemsNotAllowed} items of the model may not be ` +
        'recommended, and users have seen all others. Check allowItemsPath, denyItemsPath and excludeSeen',
    );
  }
  const facts = await readFacts(run);
  if (sum('unnamed') > 0) {
    run.log('warn', `${sum('unnamed')} names in the lists are ids, because the days read have no text for them`);
  }
  const counts = defined<Record<string, JsonValue>>({
    lines,
    rejected,
    forgotten,
    days: run.settings.days ?? facts.days,
    users: sum('fromModel') + sum('fromPopularity'),
    usersFromModel: sum('fromModel'),
    usersFromPopularity: sum('fromPopularity'),
    usersWithoutList: sum('unknown'),
    usersWithEmptyList: sum('empty'),
    excludedUsers: await readExcluded(run, meet),
    recommendations: sum('listed'),
    items,
    itemsNotAllowed,
    namesWithoutText: run.settings.clientIds ? sum('unnamed') : undefined,
  });
  return {
    files: [...(await formattedParts(run)), ...rejectedFile([...readFiles, ...(await openListed(run))])],
    counts,
  };
}
