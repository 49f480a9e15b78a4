/**
 * The newest request for a day may publish it. Before it writes anything, it claims the job's output of that day under
 * compare-and-set. An older request that comes later finds the claim and stops.
 */
import { DamagedObjectError, PreconditionFailedError, SupersededError } from '../errors.ts';
import { dayInWords } from '../in-words.ts';
import { isInFuture } from '../live/decide.ts';
import { publishedKey } from '../store/keys.ts';
import { type JsonRecord, openSealed, sealed } from '../store/sealed.ts';
import type { Run } from './job.ts';

/** The request that owns a day's output. */
interface Claim extends JsonRecord {
  /** ISO-8601 */
  readonly requestedAt: string;
  readonly run: string;
}

/** Makes this request the owner of the job's output of this day. @throws SupersededError when a newer request is the owner */
export async function claim(run: Run, requestedAt: string): Promise<void> {
  const key = publishedKey(run.job, run.client ?? null, run.day);
  for (;;) {
    const info = await run.output.head(key);
    const owner = info && (await claimAt(run, key));
    if (owner) {
      if (owner.run !== run.id && isInFuture(owner.requestedAt, new Date())) run.log('warn', futureClaim(run, owner));
      if (isNewer(owner, requestedAt)) {
        throw new SupersededError(
          `a newer request (${owner.requestedAt}, run ${owner.run}) has published day ${dayInWords(run.day)} already: ` +
            `its output stays, and this request (${requestedAt}) is not needed`,
        );
      }
      if (owner.run === run.id && owner.requestedAt === requestedAt) return;
    }
    try {
      const claimed = sealed({ requestedAt, run: run.id });
      await run.output.put(key, claimed, info ? { ifMatch: info.etag } : { absent: true });
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
}

/** Returns the claim of a newer request on this run's day; undefined if there is none. */
export async function newerClaim(run: Run, requestedAt: string): Promise<Claim | undefined> {
  const key = publishedKey(run.job, run.client ?? null, run.day);
  if ((await run.output.head(key)) === undefined) return undefined;
  const owner = await claimAt(run, key);
  return owner && isNewer(owner, requestedAt) ? owner : undefined;
}

/**
 * True when the owner's request is newer. The times are compared as instants, because one clock writes `…00Z` and another one
 * `…00.000Z`. A request from the future counts as the earliest one. Otherwise a clock that was once ahead would stop all runs
 * until that time.
 */
const isNewer = (owner: Claim, requestedAt: string): boolean =>
  Date.parse(owner.requestedAt) > Date.parse(requestedAt) && !isInFuture(owner.requestedAt, new Date());

const futureClaim = ({ day }: Run, { run, requestedAt }: Claim): string =>
  `run ${run} has published day ${dayInWords(day)} and says that it was asked for at ${requestedAt}, which lies in the future: ` +
  'the clock of the machine that asked was ahead. This time counts as the earliest one, and is replaced now. Set that clock';

/** Reads a claim. Returns undefined for a damaged one, which stops no request, because its owner is unknown. */
async function claimAt({ output, log }: Run, key: string): Promise<Claim | undefined> {
  try {
    return openSealed<Claim>((await output.get(key)).bytes, `${output.root}/${key}`, 'It is written anew.');
  } catch (error) {
    if (!(error instanceof DamagedObjectError)) throw error;
    log('warn', error.message);
    return undefined;
  }
}
