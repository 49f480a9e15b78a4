/**
 * `coverage`: the output holds no fewer users and items than half of the least among the newest earlier outputs.
 *
 * Example with the item counts 900, 880, …, 600 (the least) over 28 days: 299 block, 300 pass.
 */
import { atMost } from '../at-most.ts';
import { type Manifest, readManifestIfIntact } from '../job/manifest.ts';
import { SUCCESS } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { type Counts, countIn, type Judging, SIDES } from './judging.ts';
import type { Finding } from './verdict.ts';

/** Outputs compared with, and the fewest that say anything. */
export const NEWEST_OUTPUTS = 28;
const FEWEST = 8;
/** Outputs older than this say nothing of today's shop. Days. */
const OLDEST = 400;
/** Outputs may not fall below this share of the least. */
const SHARE = 0.5;
/** Manifests read at once. */
const READERS = 8;

export interface CoverageRequest {
  readonly output: Store;
  /** `<client>/<job folder>/`: a day folder each. */
  readonly folder: string;
  readonly job: string;
  readonly day: number;
  /** The setting `days`: outputs of another number of days hold other amounts. */
  readonly days: unknown;
  readonly sides: Judging<unknown>['sides'];
  readonly counts: Counts;
}

export async function checkCoverage(request: CoverageRequest): Promise<Finding> {
  const sides = SIDES.filter((side) => countIn(request.counts, request.sides[side]) !== undefined);
  if (sides.length === 0) return { result: 'notApplicable', says: 'the output counts neither users nor items' };
  const earlier = await newestManifests(request);
  if (earlier.length < FEWEST) {
    return {
      result: 'notApplicable',
      says: `there are ${earlier.length} earlier outputs of the same number of days, and ${FEWEST} are needed`,
    };
  }
  const compared = sides.flatMap((side) => {
    const name = request.sides[side];
    const before = earlier.flatMap(({ counts }) => countIn(counts, name) ?? []);
    if (before.length < FEWEST) return [];
    return [{ name, now: countIn(request.counts, name) as number, least: Math.min(...before) }];
  });
  const first = compared[0];
  if (first === undefined) return { result: 'notApplicable', says: 'earlier outputs do not count users or items' };
  const low = compared.filter(({ now, least }) => now < SHARE * least);
  const worst = low[0] ?? first;
  const inWords = ({ name, now, least }: typeof worst) =>
    `${now} ${name}, where the least of ${earlier.length} earlier outputs is ${least}`;
  return {
    result: low.length === 0 ? 'passed' : 'failed',
    value: worst.now,
    limit: SHARE * worst.least,
    says: (low.length === 0 ? compared : low).map(inWords).join('; '),
  };
}

/**
 * The manifests of the newest outputs before `day`: one listing, and a request for each of them. A damaged one is left out: it
 * says nothing of today's output.
 */
async function newestManifests({ output, folder, job, day, days }: CoverageRequest): Promise<Manifest[]> {
  const found: number[] = [];
  for await (const { key } of output.list(folder)) {
    const [name, file, ...deeper] = key.slice(folder.length).split('/');
    if (file === SUCCESS && deeper.length === 0 && /^\d+$/.test(name as string)) found.push(Number(name));
  }
  const candidates = found.filter((other) => other < day && other >= day - OLDEST).sort((a, b) => b - a);
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
