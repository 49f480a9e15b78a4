/** The outputs of a job on earlier days, to compare today's output with. */
import { atMost } from '../at-most.ts';
import { dayFoldersIn } from '../store/day-folders.ts';
import type { Store } from '../store/store.ts';
import { type Manifest, readManifestIfIntact } from './manifest.ts';

/** Older outputs do not describe today's shop. Days. */
const OLDEST_DAYS = 400;
/** The number of manifests that are read at the same time. */
const READERS = 8;

export interface EarlierOutputs {
  readonly output: Store;
  /** The parent of the day folders: `<client>/<job folder>/`. */
  readonly folder: string;
  readonly job: string;
  /** Outputs of days below this one. */
  readonly day: number;
  /** The setting `days`. Only outputs of the same number of days are comparable. */
  readonly days: unknown;
}

/**
 * Returns the manifests of the newest outputs before `day`, the newest first. It needs one listing, and one request for each
 * manifest. A damaged manifest is left out, because it is no fault of today's output.
 * @param most the most manifests
 */
export async function earlierOutputs(
  { output, folder, job, day, days }: EarlierOutputs,
  most: number,
): Promise<Manifest[]> {
  const { whole } = await dayFoldersIn(output, folder);
  const candidates = whole.filter((other) => other < day && other >= day - OLDEST_DAYS).toReversed();
  const alike: Manifest[] = [];
  for (let at = 0; at < candidates.length && alike.length < most; at += most) {
    const manifests = await atMost(READERS, candidates.slice(at, at + most), (other) =>
      readManifestIfIntact(output, `${folder}${other}/`),
    );
    alike.push(
      ...manifests.filter(
        (manifest): manifest is Manifest => manifest?.job === job && (manifest.settings.days ?? 1) === (days ?? 1),
      ),
    );
  }
  return alike.slice(0, most);
}
