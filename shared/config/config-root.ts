/**
 * The configuration root: a tree of nodes with text, from which configurations are read and in which models are activated.
 *
 * ```
 * /all_clients/<client>/offline/<job>                  a job's configuration, JSON
 * /all_clients/<client>/offline/_live/<runtime node>   the record of the live model, JSON
 * /all_clients/<client>/<runtime node>                 the location of the live model
 * /config/<runtime node>                               the clients for which the model is loaded, comma-separated
 * ```
 *
 * The root is ZooKeeper (`zookeeper-config-root.ts`), or a folder or `s3://` prefix in its place (`folder-config-root.ts`).
 * Both pass `test/contract/config-root.contract.ts`. A path starts with `/`, and no segment is empty, `.` or `..`.
 */

/** A node's text, and its version for compare-and-set. */
export interface ConfigNode {
  readonly data: string;
  /** Opaque. Equal versions mean equal data. */
  readonly version: string;
}

/** One write of a transaction. With a `version` it sets the node that has this version. Without one it creates the node. */
export interface NodeChange {
  readonly path: string;
  readonly data: string;
  readonly version: string | undefined;
}

/**
 * @remarks every operation throws ConfigError for an impossible path, and ActivationUnavailableError or
 * StoreUnavailableError when no answer comes in time
 */
export interface ConfigRoot extends AsyncDisposable {
  /** The root's name in messages: `ZooKeeper at localhost:2181`, `configuration folder /x`. */
  readonly describe: string;

  /** Reads a node. Undefined when it does not exist. */
  read(path: string): Promise<ConfigNode | undefined>;

  /**
   * Creates a node with its data. Returns false when the node exists already. In ZooKeeper the parent must exist
   * (`ensureFolder`).
   * @throws MissingObjectError without a parent
   */
  create(path: string, data: string): Promise<boolean>;

  /**
   * Sets a node if it still has the version. Returns false and changes nothing when it has another version or is gone. Setting
   * equal data is a change too: the node's watchers are notified.
   */
  set(path: string, data: string, version: string): Promise<boolean>;

  /**
   * Makes all changes at once. Returns false and changes nothing when a node to be set has another version or is gone, or
   * when a node to be created exists. At least one change must alter the data of a node. Only roots with transactions have
   * this method. In other roots the changes are made one after another.
   * @throws MissingObjectError as `create`
   */
  transact?(changes: readonly NodeChange[]): Promise<boolean>;

  /** True when the node exists, or any node below it. */
  exists(path: string): Promise<boolean>;

  /** Returns the names of the node's children, in the order of their UTF-8 bytes; none for a missing node. */
  children(path: string): Promise<string[]>;

  /** Creates an empty node and its missing parents, if this kind of root needs parents. */
  ensureFolder(path: string): Promise<void>;

  /** Ends all operations and closes all connections. It may be called more than once. */
  close(): Promise<void>;
}

/** The time limit of an operation. Together with closing, nothing takes longer than 30 s. */
export const DEADLINE_MS = 25_000;
