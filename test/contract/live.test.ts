/** The live models in every configuration root pass the contract. */
import { FolderConfigRoot } from '../../shared/config/folder-config-root.ts';
import { ZooKeeperConfigRoot } from '../../shared/config/zookeeper-config-root.ts';
import { FileStore } from '../../shared/store/file-store.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { useZooKeeper } from '../helpers/zookeeper.ts';
import { liveContract } from './live.contract.ts';

const memory = new MemoryStore();
liveContract('objects in memory', async () => new FolderConfigRoot(memory));

const folder = temporaryFolder();
liveContract('a folder', async () => new FolderConfigRoot(new FileStore(folder)));

const zookeeper = useZooKeeper();
liveContract('ZooKeeper', async () => new ZooKeeperConfigRoot(zookeeper().hosts));
