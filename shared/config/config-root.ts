/**
 * Where configurations are read and models are activated: a tree of nodes that hold text, as ZooKeeper has it.
 *
 * ```
 * /all_clients/<client>/offline/<job>     a job's configuration, JSON
 * /all_clients/<client>/offline/_live/<runtime node>   which model is live there, and why, JSON
 * /all_clients/<client>/<runtime node>    the location of the active model
 * /config/<runtime node>                  the clients it is loaded for, comma-separated
 * ```
 *
 * ZooKeeper itself (`zookeeper-config-root.ts`), or a folder or an `s3://` prefix standing for it
 * (`folder-config-root.ts`). Both pass `test/contract/config-root.contract.ts`. A path starts with `/` and has no empty
 * segment, none `.` or `..`.
 */

/** A node's text and the version that a compare-and-set names. */
export interface ConfigNode {
  readonly data: string;
  /** Opaque. Equal versions mean equal data. */
  readonly version: string;
}

/** A write of a transaction: with a `version` it sets the node that has it, without one it creates the node. */
export interface NodeChange {
  readonly path: string;
  readonly data: string;
  readonly version: string | undefined;
}

/**
 * @remarks every operation throws ConfigError for a path that is none, ActivationUnavailableError or
 * StoreUnavailableError when there is no answer in time
 */
export interface ConfigRoot extends AsyncDisposable {
  /** For messages: `ZooKeeper at localhost:2181`, `configuration folder /x`. */
  readonly describe: string;

  /** Undefined where there is no such node. */
  read(path: string): Promise<ConfigNode | undefined>;

  /**
   * Creates a node together with its data; false where it is there already. In ZooKeeper its parent must be there
   * (`ensureFolder`). @throws MissingObjectError without a parent
   */
  create(path: string, data: string): Promise<boolean>;

  /**
   * Compare-and-set: false, and nothing is changed, when the node is at another version by now or gone. Setting what it
   * holds already is a change too: those who watch the node are told.
   */
  set(path: string, data: string, version: string): Promise<boolean>;

  /**
   * Makes all changes at once, or none and gives false: when one of the nodes to be set is at another version or gone, or one
   * of those to be created is there. At least one of the changes must make a node differ from what it was. Only roots that
   * know transactions have this method; elsewhere changes happen one after another. @throws MissingObjectError as `create`
   */
  transact?(changes: readonly NodeChange[]): Promise<boolean>;

  /** Whether there is such a node, or anything below it. */
  exists(path: string): Promise<boolean>;

  /** The names of the nodes right below, in the order of their UTF-8 bytes; none where there is no such node. */
  children(path: string): Promise<string[]>;

  /** Makes the node, holding nothing, and those above it where they are missing and this root needs them to be there. */
  ensureFolder(path: string): Promise<void>;

  /** Ends what is under way and leaves no connection open. Again is no error. */
  close(): Promise<void>;
}

/** Waiting stops here, so that with closing nothing ever hangs longer than 30 s. */
export const DEADLINE_MS = 25_000;
