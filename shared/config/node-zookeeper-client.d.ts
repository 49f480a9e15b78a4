/** The types of the used part of node-zookeeper-client 1.1.3, which has no types of its own. */
declare module 'node-zookeeper-client' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface Stat {
    /** The number of times that the node was set. */
    readonly version: number;
  }

  /** A refusal of the server, with its code (`Exception.NO_NODE`), or `CONNECTION_LOSS`, after which the outcome is unknown. */
  export interface ZooKeeperException extends Error {
    getCode(): number;
  }

  type Answer<T extends readonly unknown[]> = (error: ZooKeeperException | null, ...answer: T) => void;

  export interface Transaction {
    create(path: string, data: Buffer): Transaction;
    setData(path: string, data: Buffer, version: number): Transaction;
    commit(answer: Answer<[results: unknown]>): void;
    /** Not documented. It is needed because `setData` takes version 0 for "any version". */
    readonly ops: { version?: number }[];
  }

  export interface Client extends EventEmitter {
    connect(): void;
    close(): void;
    create(path: string, data: Buffer, answer: Answer<[path: string]>): void;
    setData(path: string, data: Buffer, version: number, answer: Answer<[stat: Stat]>): void;
    getData(path: string, answer: Answer<[data: Buffer | null | undefined, stat: Stat]>): void;
    exists(path: string, answer: Answer<[stat: Stat | null]>): void;
    transaction(): Transaction;
    getChildren(path: string, answer: Answer<[names: string[]]>): void;

    /** Not documented. It is needed to end a connection that no longer answers. */
    readonly connectionManager: {
      readonly state: number;
      readonly socket?: Socket;
      readonly connectTimeoutHandler: NodeJS.Timeout | null;
      onSocketData(bytes: Buffer): void;
    };
  }

  const zookeeper: {
    createClient(
      connectionString: string,
      options: { sessionTimeout: number; spinDelay: number; retries: number },
    ): Client;
    readonly Exception: {
      readonly CONNECTION_LOSS: number;
      readonly SESSION_EXPIRED: number;
      readonly NO_NODE: number;
      readonly NO_AUTH: number;
      readonly BAD_VERSION: number;
      readonly NODE_EXISTS: number;
    };
  };
  export default zookeeper;
}
