/**
 * Lets one command at a time run the days of an output root. A second one waits for the first, and then finds most of its work
 * done. The object `.work/daily/_all/local.json` names the holder, and the holder counts it up every 20 seconds.
 *
 * A holder that is gone is replaced: at once when it was a process of this machine, and otherwise (another machine, or a
 * container that was killed) when its count has stood still for 120 looks of the one that waits, a second apart. Looks are
 * counted because both processes stand still together when the machine sleeps. Nothing depends on
 * this: two runs of one day at once also keep the rules of publishing (`shared/job/claim.ts`), but one of them may then
 * end with `SupersededError`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DAILY } from '../../functions/day-arrival/day-records.ts';
import {
  DamagedObjectError,
  MissingObjectError,
  PreconditionFailedError,
  StoreTimeoutError,
} from '../../shared/errors.ts';
import { isOwnerGone, newOwner } from '../../shared/store/file-owner.ts';
import { jobWorkFolder } from '../../shared/store/keys.ts';
import { openSealed, sealed } from '../../shared/store/sealed.ts';
import type { Store } from '../../shared/store/store.ts';
import { Waiting } from '../../shared/wait.ts';

export const HOLDER_KEY = `${jobWorkFolder(DAILY, null)}local.json`;

/** The process that runs days. */
type Holder = {
  /** `<host>-<process id>-<start>-…`, as the locks of folder stores name it. */
  readonly owner: string;
  readonly count: number;
};

export interface Times {
  readonly beatMs: number;
  /** A holder whose count stands still for so many looks is gone. It is several beats, because a machine may be busy. */
  readonly goneLooks: number;
  readonly pollMs: number;
  readonly patienceMs: number;
}

const TIMES: Times = { beatMs: 20_000, goneLooks: 120, pollMs: 1_000, patienceMs: 24 * 3_600_000 };

/**
 * Does `work` while no other command does such work in this root.
 * @throws StoreTimeoutError when another command holds the root for a day; what `work` throws
 */
export async function oneAtATime<T>(store: Store, work: () => Promise<T>, times: Times = TIMES): Promise<T> {
  const owner = newOwner();
  let etag = await take(store, owner, times);
  let count = 0;
  let beating = Promise.resolve();
  const beat = async (): Promise<void> => {
    try {
      if (etag !== undefined) ({ etag } = await replace(store, { owner, count: ++count }, etag));
    } catch (error) {
      // Somebody took this process for gone, for example because the machine slept. The rules of publishing hold all the same.
      if (!(error instanceof PreconditionFailedError)) throw error;
      etag = undefined;
    }
  };
  let failure: unknown;
  const timer = setInterval(() => {
    beating = beating.then(beat).catch((error) => {
      failure = error;
    });
  }, times.beatMs);
  timer.unref();
  try {
    const result = await work();
    if (failure !== undefined) throw failure;
    return result;
  } finally {
    clearInterval(timer);
    await beating;
    if ((await holderOf(store))?.holder?.owner === owner) await store.delete(HOLDER_KEY);
  }
}

const replace = (store: Store, holder: Holder, etag: string) =>
  store.put(HOLDER_KEY, sealed(holder), { ifMatch: etag });

/** Waits until this process is the holder. Returns the ETag of its object. */
async function take(
  store: Store,
  owner: string,
  { goneLooks, pollMs, patienceMs }: Times,
): Promise<string | undefined> {
  const deadline = performance.now() + patienceMs;
  const limit = `${patienceMs / 3_600_000} h`;
  using waiting = new Waiting(`another command that runs days in ${store.root}`, { limit });
  let seen = { etag: '', looks: 0 };
  for (;;) {
    const found = await holderOf(store);
    if (found === undefined) {
      const taken = await unlessTaken(() => store.put(HOLDER_KEY, sealed({ owner, count: 0 }), { absent: true }));
      if (taken !== undefined) return taken.etag;
      continue;
    }
    seen = { etag: found.etag, looks: found.etag === seen.etag ? seen.looks + 1 : 0 };
    if (found.holder === undefined || isOwnerGone(found.holder.owner) || seen.looks >= goneLooks) {
      const taken = await unlessTaken(() => replace(store, { owner, count: 0 }, found.etag));
      if (taken !== undefined) return taken.etag;
      continue;
    }
    const who = `${found.holder.owner} (host-process-start-thread-serial)`;
    waiting.reason = `held by ${who}`;
    if (performance.now() > deadline) {
      throw new StoreTimeoutError(
        `${store.root}: another command has been running days for more than ${limit}: ${who}. End it, and try again`,
      );
    }
    await sleep(pollMs);
  }
}

/** Returns undefined when another process was faster. */
async function unlessTaken<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof PreconditionFailedError) return undefined;
    throw error;
  }
}

/** Returns undefined when nobody holds the root. The holder is undefined when its object is damaged: it is replaced then. */
async function holderOf(store: Store): Promise<{ holder: Holder | undefined; etag: string } | undefined> {
  try {
    const { bytes, etag } = await store.get(HOLDER_KEY);
    return { etag, holder: holderIn(bytes) };
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}

function holderIn(bytes: Uint8Array): Holder | undefined {
  try {
    return openSealed<Holder>(bytes, HOLDER_KEY);
  } catch (error) {
    if (error instanceof DamagedObjectError) return undefined;
    throw error;
  }
}
