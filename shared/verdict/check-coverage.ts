/**
 * The check `coverage`: the output must have at least half as many users and items as the smallest of the newest earlier
 * outputs. For example, if earlier outputs had 900, 880, … items and at least 600, then 299 items block and 300 pass.
 */
import { atMost } from '../at-most.ts';
import { type Manifest, readManifestIfIntact } from '../job/manifest.ts';
import { SUCCESS } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { type Counts, countIn, type Judging, SIDES } from './judging.ts';
import type { Finding } from './verdict.ts';

/** The number of earlier outputs that are compared. */
export const NEWEST_OUTPUTS = 28;
/** With fewer earlier outputs than this, the smallest one is not representative. */
const FEWEST_OUTPUTS = 8;
/** Older outputs do not describe today's shop. Days. */
const OLDEST_DAYS = 400;
/** The smallest allowed share of the smallest earlier output. */
const SMALLEST_SHARE = 0.5;
/** The number of manifests that are read at the same time. */
const READERS = 8;

export interface CoverageRequest {
  readonly output: Store;
  /** The parent of the day folders: `<client>/<job folder>/`. */
  readonly folder: string;
  readonly job: string;
  readonly day: number;
  /** The setting `days`. Only outputs of the same number of days are comparable. */
  readonly days: unknown;
  readonly sides: Judging<unknown>['sides'];
  readonly counts: Counts;
}

export async function checkCoverage(request: CoverageRequest): Promise<Finding> {
  const sides = SIDES.filter((side) => countIn(request.counts, request.sides[side]) !== undefined);
  if (sides.length === 0) return { result: 'notApplicable', says: 'the output counts neither users nor items' };
  const earlier = await newestManifests(request);
  if (earlier.length < FEWEST_OUTPUTS) {
    return {
      result: 'notApplicable',
      says: `there are ${earlier.length} earlier outputs of the same number of days, and ${FEWEST_OUTPUTS} are needed`,
    };
  }
  const compared = sides.flatMap((side) => {
    const name = request.sides[side];
    const before = earlier.flatMap(({ counts }) => countIn(counts, name) ?? []);
    if (before.length < FEWEST_OUTPUTS) return [];
    return [{ name, now: countIn(request.counts, name) as number, least: Math.min(...before) }];
  });
  const first = compared[0];
  if (first === undefined) return { result: 'notApplicable', says: 'earlier outputs do not count users or items' };
  const low = compared.filter(({ now, least }) => now < SMALLEST_SHARE * least);
  const worst = low[0] ?? first;
  const inWords = ({ name, now, least }: typeof worst) =>
    `${now} ${name}, while the smallest of ${earlier.length} earlier outputs has ${least}`;
  return {
    result: low.length === 0 ? 'passed' : 'failed',
    value: worst.now,
    limit: SMALLEST_SHARE * worst.least,
    says: (low.length === 0 ? compared : low).map(inWords).join('; '),
  };
}

/**
 * Returns the manifests of the newest outputs before `day`. It needs one listing, and one request for each manifest. A damaged
 * manifest is left out, because it is no fault of today's output.
 */
async function newestManifests({ output, folder, job, day, days }: CoverageRequest): Promise<Manifest[]> {
  const found: number[] = [];
  for await (const { key } of output.list(folder)) {
    const [name, file, ...deeper] = key.slice(folder.length).split('/');
    if (file === SUCCESS && deeper.length === 0 && /^\d+$/.test(name as string)) found.push(Number(name));
  }
  const candidates = found.filter((other) => other < day && other >= day - OLDEST_DAYS).sort((a, b) => b - a);
  const alike: Manifest[] = [];
  for (let at = 0; at < candidates.length && alike.length < NEWEST_OUTPUTS; at += NEWEST_OUTPUTS) {
    const manifests = await atMost(READERS, candidates.slice(at, at + NEWEST_OUTPUTS), (other) =>
      readManifestIfIntact(output, `${folder}${other}/`),
    );
    alike.push(
      ...manifests.filter(
        (manifest): manifest is Manifest => manifest?.job === job && (manifest.settings.days ?? 1) === (days ?? 1),
      ),
    );
  }
  return alike.slice(0, NEWEST_OUTPUTS);
}
