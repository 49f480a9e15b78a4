/** Activations as tests ask for them: one request names client, node and location; the rest is usual. */
import type { ConfigRoot } from '../../shared/config/config-root.ts';
import { type Activation, activate } from '../../shared/live/activate.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import type { Store } from '../../shared/store/store.ts';

export interface TestActivation {
  readonly client: string;
  readonly runtimeNode: string;
  readonly location: string;
  readonly registerClient: boolean;
  readonly day?: number;
  readonly run?: string;
  readonly requestedAt?: string;
  /** Where versions and history lie; one in memory where none is given. */
  readonly store?: Store;
}

export const TEST_DAY = 15_317;
export const TEST_RUN = '00000000000000aa';

/** Activates a model of day 15317 unless another one is asked for. */
export function activateModel(root: ConfigRoot, request: TestActivation, deadlineMs?: number): Promise<Activation> {
  const { client, runtimeNode, location, registerClient, store = new MemoryStore() } = request;
  const { day = TEST_DAY, run = TEST_RUN, requestedAt = '2011-12-10T03:00:00Z' } = request;
  return activate(
    { root, client, node: runtimeNode, store, registerClient, keepVersions: 7 },
    { day, run, requestedAt, location },
    deadlineMs === undefined ? {} : { deadlineMs },
  );
}
