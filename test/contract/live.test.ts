import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { FolderConfigRoot } from '../../shared/config/folder-config-root.ts';
import { ZooKeeperConfigRoot } from '../../shared/config/zookeeper-config-root.ts';
import { FileStore } from '../../shared/store/file-store.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { useZooKeeper } from '../helpers/zookeeper.ts';
import { liveContract } from './live.contract.ts';

const memory = new MemoryStore();
liveContract('objects in memory', async () => new FolderConfigRoot(memory));

const folder = mkdtempSync(join(tmpdir(), 'live-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
liveContract('a folder', async () => new FolderConfigRoot(new FileStore(folder)));

const zookeeper = useZooKeeper();
liveContract('ZooKeeper', async () => new ZooKeeperConfigRoot(zookeeper().hosts));
