/** The live model when a run is configured, and the decision whether the run's output may replace it. */
import { checkClient } from '../activation/register.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { decide, futureInWords } from '../live/decide.ts';
import { readLive } from '../live/live-node.ts';
import { type LiveModel, type LiveRecord, modelAt } from '../live/record.ts';
import { isSamePlace } from '../store/location.ts';
import type { Store } from '../store/store.ts';
import type { AnyJob, Log } from './job.ts';
import type { RunRef } from './run.ts';

/** The live model and its record when a run is configured. */
export interface LiveAtConfigure {
  readonly record: LiveRecord | undefined;
  /** The model that the runtime node names. */
  readonly named: LiveModel | null;
  /** True when record and node agree. */
  readonly isAgreed: boolean;
}

/**
 * Returns undefined for a job without a runtime node, and if no config root is given.
 *
 * @throws UnknownClientError; ConfigError for a client that cannot be activated
 */
export async function liveAtConfigure(
  job: AnyJob,
  client: string | null,
  { activate, registerClient }: { readonly activate: boolean; readonly registerClient: boolean },
  configRoot: string | undefined,
  openConfigRoot: (spec: string) => Promise<ConfigRoot>,
): Promise<LiveAtConfigure | undefined> {
  if (job.activates === undefined || client === null || configRoot === undefined) return undefined;
  await using root = await openConfigRoot(configRoot);
  if (activate) await checkClient(root, client, registerClient);
  const { state, runtimeNode } = await readLive({ root, client, node: job.activates }, { now: new Date() });
  const record = state.record;
  const location = runtimeNode?.data ?? '';
  const isRecorded = record?.live?.location === location;
  const named = isRecorded ? record.live : location === '' ? null : modelAt(location);
  return { record, named, isAgreed: state.kind === 'agreed' };
}

/**
 * Makes the decision of the run's end already when the run is configured, so that a run whose output is published and may not
 * go live computes nothing.
 */
export function decisionOn(
  { day, id, requestedAt }: RunRef,
  location: string,
  { record, isAgreed }: LiveAtConfigure,
  log: Log,
): { readonly notActivated: string | null; readonly isSettled: boolean } {
  const now = new Date();
  const state = { live: record?.live ?? null, hold: record?.hold ?? null };
  const warning = futureInWords(state.live, now);
  if (warning !== undefined) log('warn', warning);
  const decision = decide({ day, run: id, requestedAt, location }, state, now);
  if (!decision.goesLive) return { notActivated: decision.why, isSettled: true };
  return { notActivated: null, isSettled: decision.isSame && isAgreed };
}

/** True when the runtime node names the day folder. Then a run of an older build activated it, which had no versions. */
export const isDayFolder = (named: string | undefined, output: Store, folder: string): boolean =>
  named !== undefined && isSamePlace(named, output.root, folder);
