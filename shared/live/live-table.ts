/**
 * A table that a server reads, as what is live: the counterpart of a runtime node. What it holds stands in its comment, which
 * changes with its rows (`shared/mysql/table-mark.ts`); a job that fills one says how in `AfterPublish.table`.
 */
import type { TableMark } from '../mysql/table-mark.ts';
import type { Store } from '../store/store.ts';
import type { Decision } from './decide.ts';

/** What became of rows that were to go live: they were sent, they were live already, or they may not go live. */
export type Filled =
  | { readonly outcome: 'filled'; readonly rows: number }
  | { readonly outcome: 'alreadyLive' }
  | { readonly outcome: 'notActivated'; readonly why: string };

/** Decides if rows may replace the live ones, which are undefined where nobody knows whose they are. */
export type MayReplace = (live: TableMark | undefined) => Decision | Promise<Decision>;

/** An open connection to the table of one client. */
export interface LiveTable extends AsyncDisposable {
  /** Names the table without a secret, the same for every connection: `mysql://host:3306/shop, item_similarity`. */
  readonly describe: string;
  /** @throws ConfigError where the rows are another client's; DatabaseUnavailableError; DatabaseError */
  readonly read: (client: string) => Promise<TableMark | undefined>;
  /**
   * Makes the rows of a published folder live under a mark, all at once, if `mayReplace` says so once nobody else can change
   * the table. @throws as `read`; SupersededError where the folder does not hold the mark's run, whole
   */
  readonly fill: (published: Published, mark: TableMark, mayReplace: MayReplace) => Promise<Filled>;
}

/** Where a run's rows lie. */
export interface Published {
  readonly store: Store;
  /** A key prefix ending in `/`. */
  readonly folder: string;
}
