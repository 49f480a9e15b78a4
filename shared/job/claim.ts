/**
 * Whose turn it is to publish a day: the newest request's. It claims the job's output of that day under compare-and-set, before
 * it writes anything, and an older request that comes later finds the claim and stops.
 */
import { DamagedObjectError, PreconditionFailedError, SupersededError } from '../errors.ts';
import { dayInWords } from '../in-words.ts';
import { isInFuture } from '../live/decide.ts';
import { publishedKey } from '../store/keys.ts';
import { type JsonRecord, openSealed, sealed } from '../store/sealed.ts';
import type { Run } from './job.ts';

/** Which request owns a day's output. */
interface Claim extends JsonRecord {
  /** ISO-8601 */
  readonly requestedAt: string;
  readonly run: string;
}

/** Makes this request the owner of the job's output of this day, unless a newer one is. @throws SupersededError */
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
            `its output stays, this one (${requestedAt}) is not needed`,
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

/** The claim on this run's day that a newer request made; undefined where there is none. */
export async function newerClaim(run: Run, requestedAt: string): Promise<Claim | undefined> {
  const key = publishedKey(run.job, run.client ?? null, run.day);
  if ((await run.output.head(key)) === undefined) return undefined;
  const owner = await claimAt(run, key);
  return owner && isNewer(owner, requestedAt) ? owner : undefined;
}

/**
 * As instants: one clock writes `…00Z` where another writes `…00.000Z`. A request of the future counts as the earliest one,
 * else a clock that was ahead once would hold back every run until then.
 */
const isNewer = (owner: Claim, requestedAt: string): boolean =>
  Date.parse(owner.requestedAt) > Date.parse(requestedAt) && !isInFuture(owner.requestedAt, new Date());

const futureClaim = ({ day }: Run, { run, requestedAt }: Claim): string =>
  `run ${run} has published day ${dayInWords(day)} and says that it was asked for at ${requestedAt}, which lies in the future: ` +
  'the clock of the machine that asked was ahead. This time counts as the earliest one, and is replaced now. Set that clock';

/** Undefined for a claim that is damaged: whose it was nobody knows, so it holds nobody back. */
async function claimAt({ output, log }: Run, key: string): Promise<Claim | undefined> {
  try {
    return openSealed<Claim>((await output.get(key)).bytes, `${output.root}/${key}`, 'It is written anew.');
  } catch (error) {
    if (!(error instanceof DamagedObjectError)) throw error;
    log('warn', error.message);
    return undefined;
  }
}
