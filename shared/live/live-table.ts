/**
 * A table whose rows a server reads: the counterpart of a runtime node. The table's comment says which run's rows it holds,
 * and changes together with them (`shared/mysql/table-mark.ts`). A job that fills a table declares it as `AfterPublish.table`.
 */
import type { TableMark } from '../mysql/table-mark.ts';
import type { Store } from '../store/store.ts';
import type { Decision } from './decide.ts';

/** The result of filling a table: the rows were sent, were live already, or may not go live. */
export type Filled =
  | { readonly outcome: 'filled'; readonly rows: number }
  | { readonly outcome: 'alreadyLive' }
  | { readonly outcome: 'notActivated'; readonly why: string };

/** Decides if rows may replace the live ones. `live` is undefined when the run of the live rows is unknown. */
export type MayReplace = (live: TableMark | undefined) => Decision | Promise<Decision>;

/** An open connection to the table of one client. */
export interface LiveTable extends AsyncDisposable {
  /** The name of the table, without a secret and equal for every connection: `mysql://host:3306/shop, item_similarity`. */
  readonly describe: string;
  /**
   * Reads the table's mark.
   * @throws ConfigError when the rows belong to another client; DatabaseUnavailableError; DatabaseError
   */
  readonly read: (client: string) => Promise<TableMark | undefined>;
  /**
   * Makes the rows of a published folder live under a mark, all at once. Before that it locks the table and asks `mayReplace`.
   * @throws as `read`; SupersededError when the folder does not hold the whole output of the mark's run
   */
  readonly fill: (published: PublishedRows, mark: TableMark, mayReplace: MayReplace) => Promise<Filled>;
}

/** The folder with a run's rows. */
export interface PublishedRows {
  readonly store: Store;
  /** A key prefix ending in `/`. */
  readonly folder: string;
}
