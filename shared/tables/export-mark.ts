/**
 * The mark of an export, the content of its `_SUCCESS`: what was exported, and every file. It tells an export of ours from
 * everything else that a folder may hold, so that nothing else is ever replaced.
 */
import * as z from 'zod';
import { DamagedObjectError, MissingObjectError, UsageError } from '../errors.ts';
import { BEGUN, SUCCESS } from '../store/keys.ts';
import { openSealed, sealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import { type ExportedFile, FORMATS } from './export-tables.ts';

const markSchema = z.object({
  /** The job and the client whose output was exported. */
  exportOf: z.object({ job: z.string(), client: z.string() }),
  day: z.int(),
  run: z.string().nullable(),
  format: z.enum(FORMATS),
  clientIds: z.boolean(),
  files: z.array(z.object({ name: z.string(), table: z.string(), rows: z.int(), size: z.int(), sha256: z.string() })),
});

/** The mark. In `_BEGUN`, before the files are written, `files` have only their names right. */
export type ExportMark = Omit<z.output<typeof markSchema>, 'files'> & { readonly files: readonly ExportedFile[] };

export const markText = (mark: ExportMark): string => sealed(mark, 2);

/** The folder below a place in S3 where files wait until all of them are complete. */
export const STAGING = '_staging/';

/** What a place holds before an export. */
export interface Before {
  /** The keys of an earlier export, its marks and what a killed one left behind. */
  readonly keys: readonly string[];
  /** The files that the marks name. */
  readonly files: readonly ExportedFile[];
}

/**
 * Returns what a place holds, when an export may replace it: nothing, or an earlier export of the same job and client.
 *
 * @param keys everything that the place holds; on a disk also names that are no files
 * @throws UsageError naming what else is there
 */
export async function replaceable(
  store: Store,
  keys: readonly string[],
  { exportOf }: Pick<ExportMark, 'exportOf'>,
): Promise<Before> {
  const marks = await Promise.all([SUCCESS, BEGUN].map((key) => readMark(store, key)));
  const known = marks.filter((mark) => mark !== undefined);
  const another = known.find(({ exportOf: { job, client } }) => job !== exportOf.job || client !== exportOf.client);
  if (another !== undefined) {
    throw new UsageError(
      `${store.root} holds the export of ${another.exportOf.job} of ${another.exportOf.client}: give --to another folder, ` +
        'or remove this one',
    );
  }
  const own = new Set([
    ...known.flatMap(({ files }) => files.map(({ name }) => name)),
    ...(known.length > 0 ? [SUCCESS, BEGUN] : []),
  ]);
  const others = keys.filter((key) => !own.has(key) && !key.startsWith(STAGING));
  if (others.length === 0) return { keys, files: known.flatMap(({ files }) => files) };
  const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : '';
  throw new UsageError(
    `${store.root} holds other files (${others.slice(0, MOST_NAMED).join(', ')}${more}), and an export replaces nothing but an ` +
      'earlier export: give --to a new or an empty folder',
  );
}

const MOST_NAMED = 3;

/** Returns the mark under a key; undefined when there is none, or when it is something else. */
async function readMark(store: Store, key: string): Promise<ExportMark | undefined> {
  try {
    return markSchema.safeParse(openSealed((await store.get(key)).bytes, key)).data;
  } catch (error) {
    if (error instanceof MissingObjectError || error instanceof DamagedObjectError) return undefined;
    throw error;
  }
}
