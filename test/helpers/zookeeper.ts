/** A real ZooKeeper for tests, and what they tell of its requests. */
import { afterAll, beforeAll } from 'vitest';
import { startZooKeeper, type ZooKeeper, type ZooKeeperOptions } from '../../localstack/zookeeper.ts';
import { SetUpError } from '../../shared/errors.ts';

export { startZooKeeper, type ZooKeeper } from '../../localstack/zookeeper.ts';

/** A server for the tests of this file (or this `describe`): started before them, stopped after them. */
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

/** The requests that tests tell apart, by ZooKeeper's operation codes. Source: `ZooDefs.OpCode` of ZooKeeper 3.8. */
const OPERATIONS: Readonly<Record<number, string>> = {
  1: 'create',
  3: 'exists',
  4: 'getData',
  5: 'setData',
  11: 'ping',
  14: 'multi',
};

/** Operation and path of a request frame: `setData /config/mf`; a transaction (`multi`) has several paths, none is told. The first frame of a connection is no request. */
export function requestOf(frame: Buffer, index: number): string {
  if (index === 0) return 'connect';
  const operation = OPERATIONS[frame.readInt32BE(4)] ?? 'other';
  return frame.length < 12 || operation === 'multi'
    ? operation
    : `${operation} ${frame.toString('utf8', 12, 12 + frame.readInt32BE(8))}`;
}
