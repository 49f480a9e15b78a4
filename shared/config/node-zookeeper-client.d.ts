/** The part of node-zookeeper-client 1.1.3 that is used; the package brings no types. */
declare module 'node-zookeeper-client' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface Stat {
    /** Counts the sets, from 0. */
    readonly version: number;
  }

  /** What the server refused, by its code (`Exception.NO_NODE`), or `CONNECTION_LOSS`: the outcome is not known. */
  export interface ZooKeeperException extends Error {
    getCode(): number;
  }

  type Answer<T extends readonly unknown[]> = (error: ZooKeeperException | null, ...answer: T) => void;

  export interface Transaction {
    create(path: string, data: Buffer): Transaction;
    setData(path: string, data: Buffer, version: number): Transaction;
    commit(answer: Answer<[results: unknown]>): void;
    /** Not part of the documented interface: `setData` takes version 0 for "any version", and this mends it. */
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

    /** Not part of the documented interface: needed to end a connection that no longer answers. */
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
