/** A place that holds users, and what is searched for. */
import type { AnyJob } from '../job/job.ts';
import type { Store } from '../store/store.ts';
import type { WantedUsers } from './user-files.ts';

export type Kind =
  | 'actions'
  | 'ids'
  | 'rejects'
  | 'model'
  | 'output'
  | 'report'
  | 'work area'
  | 'trainings'
  | 'records'
  | 'raw logs';

/** What `--apply` does with an object or a folder. */
export type Outcome = 'rewritten' | 'removed' | 'stays';

export interface Finding {
  readonly kind: Kind;
  /** A key, or a prefix of keys that ends in `/`, below the root; a location for raw logs. */
  readonly place: string;
  /** The number of objects that hold a user, or that may hold one. */
  readonly objects: number;
  /** False when it is not known that the objects hold a user. */
  readonly isSure: boolean;
  readonly outcome: Outcome;
  /** Why it stays; null for everything else. */
  readonly because: string | null;
}

export interface Search {
  readonly store: Store;
  readonly client: string;
  readonly jobs: readonly AnyJob[];
  readonly wanted: WantedUsers;
  /** The prefixes of folders that runtime nodes name. */
  readonly named: ReadonlySet<string>;
  /** True when work areas of runs that are not finished are removed too. */
  readonly unfinished: boolean;
}
