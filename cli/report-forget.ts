/** What `offline forget` prints. */
import type { Finding } from '../shared/forget/finding.ts';
import { count } from '../shared/in-words.ts';
import { table } from './table.ts';

export type ForgetResult = {
  readonly client: string;
  /** The ids of the users, ascending. */
  readonly users: readonly number[];
  readonly root: string;
  readonly applied: boolean;
  readonly found: readonly Finding[];
  /** What holds the users after the command; null when nothing was changed. */
  readonly left: readonly Finding[] | null;
};

/** S3 keeps what was overwritten or removed in a bucket with versions, and no command of this project reads such versions. */
const VERSIONED =
  'A bucket with versioning keeps the replaced and removed objects until its lifecycle rule for noncurrent versions ends them.';

export function forgetReport({ client, users, root, applied, found, left }: ForgetResult): string {
  const who = `${users.length === 1 ? 'user' : 'users'} ${users.join(', ')} of ${client}`;
  const lines = [`under ${root}`, ''];
  if (found.length === 0) lines.push(`nothing holds ${who}`);
  else if (!found.some(({ isSure }) => isSure)) {
    lines.push(`nothing is known to hold ${who}; of these places it is not known`, findingTable(found));
  } else lines.push(`what ${applied ? 'held' : 'holds'} ${who}`, findingTable(found));
  if (!applied) {
    if (found.length > 0) lines.push('', 'Nothing was changed: --apply forgets.');
    return `${lines.join('\n')}\n`;
  }
  lines.push('', `From now on no run uses ${who}.`);
  if ((left ?? []).length === 0) lines.push('A second search has found nothing that can be read here.');
  else lines.push('A second search has found this:', findingTable(left ?? []), ...reasonsIn(left ?? []));
  if (root.startsWith('s3:')) lines.push(VERSIONED);
  return `${lines.join('\n')}\n`;
}

const findingTable = (found: readonly Finding[]): string =>
  table(
    [
      ['what', 'where', 'objects', ''],
      ...found.map(({ kind, place, objects, isSure, outcome }) => [
        kind,
        place,
        count(objects),
        `${isSure ? '' : 'may hold; '}${outcome}`,
      ]),
    ],
    [2],
  );

const reasonsIn = (found: readonly Finding[]): string[] =>
  [...new Set(found.flatMap(({ kind, because }) => (because === null ? [] : [`${kind}: ${because}`])))].sort();

export const listReport = ({ client, forgotten }: { readonly client: string; readonly forgotten: number }): string =>
  `${count(forgotten)} ${forgotten === 1 ? 'user' : 'users'} of ${client} ${forgotten === 1 ? 'is' : 'are'} forgotten\n`;
