/** Finding a day's raw logs. */

import { NoInputError, UsageError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { InputListing, InputRequest } from '../../shared/job/job.ts';
import { clientNameProblem } from '../../shared/model/client-name.ts';
import { formatLocation, parseLocation } from '../../shared/store/location.ts';
import type { ObjectInfo } from '../../shared/store/store.ts';
import { checkPlaceholders, expandPattern, inputPattern, reachesBelow } from './input-pattern.ts';

interface LogSettings {
  readonly inputPathPattern: string;
  /** Undefined where the logs are only listed. */
  readonly outputPath?: string | undefined;
  readonly singleClient?: string | undefined;
}

/**
 * Every file that the pattern matches, by key below the pattern's fixed folder.
 * @throws NoInputError when there is none; UsageError when the single client is a name that no line can have, the pattern
 *   has a placeholder that is none, or could match what is written below `outputPath`; CorruptInputError where what it
 *   matches is no file (a link that leads nowhere, a pipe)
 */
export async function logs({ day, settings, openStore }: InputRequest<LogSettings>): Promise<InputListing> {
  const { singleClient } = settings;
  const problem = singleClient === undefined ? undefined : clientNameProblem(singleClient);
  if (problem !== undefined)
    throw new UsageError(`no client can be called ${JSON.stringify(singleClient)}: ${problem}`);
  checkPlaceholders(settings.inputPathPattern);
  const expanded = expandPattern(settings.inputPathPattern, day);
  if (settings.outputPath !== undefined) checkOutput(expanded, settings.outputPath);
  const { folder, matches, reaches } = inputPattern(expanded);
  const store = await openStore(folder);
  const objects: ObjectInfo[] = [];
  for await (const object of store.list('', { isWanted: reaches })) {
    if (matches(object.key)) objects.push({ key: object.key, size: object.size, etag: object.etag });
  }
  if (objects.some((object) => object.size > 0)) return { root: folder, objects, warnings: [] };
  throw new NoInputError(
    `no log of day ${dayInWords(day)}: ${expanded} matches ${objects.length === 0 ? 'no file' : 'empty files only'}. ` +
      `Check the pattern and the day${wildcardHint(settings.inputPathPattern)}`,
  );
}

/** Other tools read more signs as wildcards. A name may hold these, so they are no error as such. */
function wildcardHint(pattern: string): string {
  const signs = ['?', '[', '{'].filter((sign) => pattern.includes(sign));
  return signs.length === 0 ? '' : `. Only * stands for a part of a name: ${signs.join(' and ')} stand for themselves`;
}

/** @throws UsageError where the pattern could match what is written below the output */
function checkOutput(expanded: string, outputPath: string): void {
  const [pattern, output] = [expanded, outputPath].map((location) => formatLocation(parseLocation(location)));
  if (!reachesBelow(pattern as string, output as string)) return;
  throw new UsageError(
    `the pattern ${expanded} could match files below the output ${outputPath}, which would then be read as logs: ` +
      'choose an output that the pattern does not reach',
  );
}
