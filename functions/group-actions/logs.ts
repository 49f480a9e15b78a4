/** Finds the raw logs of a day. */

import { defined } from '../../shared/defined.ts';
import { NoInputError, UsageError } from '../../shared/errors.ts';
import { forgottenOf, markedClients } from '../../shared/forget/forgotten-list.ts';
import { forgottenSnapshot } from '../../shared/forget/forgotten-of-run.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { InputListing, InputRequest } from '../../shared/job/job.ts';
import { clientNameProblem } from '../../shared/model/client-name.ts';
import { formatLocation, parseLocation } from '../../shared/store/location.ts';
import type { ObjectInfo, Store } from '../../shared/store/store.ts';
import { checkPlaceholders, expandPattern, inputPattern, reachesBelow } from './input-pattern.ts';

interface LogSettings {
  readonly inputPathPattern: string;
  /** Undefined if the logs are only listed. */
  readonly outputPath?: string | undefined;
  readonly singleClient?: string | undefined;
}

/**
 * Lists all files that the pattern matches, with the forgotten users of all clients. Keys are relative to the pattern's fixed
 * folder.
 *
 * @throws NoInputError when there is no such file; UsageError when no line can have the name of the single client, when the
 *   pattern has an unknown placeholder, and when it could match a file below `outputPath`; CorruptInputError when a match is no
 *   file, such as a link that leads nowhere or a pipe
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
  if (objects.some((object) => object.size > 0)) {
    const { outputPath } = settings;
    const snapshots = outputPath === undefined ? undefined : await forgotten(await openStore(outputPath), singleClient);
    return defined({ root: folder, objects, warnings: [], snapshots });
  }
  throw new NoInputError(
    `no log of day ${dayInWords(day)}: ${expanded} matches ${objects.length === 0 ? 'no file' : 'empty files only'}. ` +
      `Check the pattern and the day${wildcardHint(settings.inputPathPattern)}`,
  );
}

/** Returns the snapshot of the forgotten users. @param client the only client that is written; all clients if undefined */
async function forgotten(output: Store, client: string | undefined) {
  const clients = client === undefined ? await markedClients(output) : [client];
  return forgottenSnapshot(await forgottenOf(output, clients));
}

/** Explains signs that are wildcards for other tools. They are no error, because a name may have them. */
function wildcardHint(pattern: string): string {
  const signs = ['?', '[', '{'].filter((sign) => pattern.includes(sign));
  return signs.length === 0 ? '' : `. Only * stands for a part of a name: ${signs.join(' and ')} stand for themselves`;
}

/** @throws UsageError when the pattern could match a file below the output */
function checkOutput(expanded: string, outputPath: string): void {
  const [pattern, output] = [expanded, outputPath].map((location) => formatLocation(parseLocation(location)));
  if (!reachesBelow(pattern as string, output as string)) return;
  throw new UsageError(
    `the pattern ${expanded} could match files below the output ${outputPath}, which would then be read as logs: ` +
      'choose an output that the pattern does not reach',
  );
}
