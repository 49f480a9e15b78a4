/** A real ZooKeeper for tests, and names for its requests. */
import { afterAll, beforeAll } from 'vitest';
import { startZooKeeper, type ZooKeeper, type ZooKeeperOptions } from '../../localstack/zookeeper.ts';
import { SetUpError } from '../../shared/errors.ts';

export { startZooKeeper, type ZooKeeper } from '../../localstack/zookeeper.ts';

/** Returns a getter of a server that is started before the tests of this file (or `describe`) and stopped after them. */
export function useZooKeeper(options: ZooKeeperOptions = {}): () => ZooKeeper {
  let running: ZooKeeper | undefined;
  beforeAll(async () => {
    running = await startZooKeeper(options);
  });
  afterAll(() => running?.stop());
  return () => {
    if (running === undefined) throw new SetUpError('ZooKeeper is not running yet: ask for it inside a test');
    return running;
  };
}

/** The names of the requests that tests distinguish, by their codes in `ZooDefs.OpCode` of ZooKeeper 3.8. */
const OPERATIONS: Readonly<Record<number, string>> = {
  1: 'create',
  3: 'exists',
  4: 'getData',
  5: 'setData',
  11: 'ping',
  14: 'multi',
};

/**
 * Returns the operation and the path of a request frame: `setData /config/mf`. A transaction (`multi`) has several paths,
 * so none is given. The first frame of a connection is not a request; it gives `connect`.
 */
export function requestOf(frame: Buffer, index: number): string {
  if (index === 0) return 'connect';
  const operation = OPERATIONS[frame.readInt32BE(4)] ?? 'other';
  return frame.length < 12 || operation === 'multi'
    ? operation
    : `${operation} ${frame.toString('utf8', 12, 12 + frame.readInt32BE(8))}`;
}
