/** Every implementation of a configuration root passes the contract. */
import { FolderConfigRoot } from '../../shared/config/folder-config-root.ts';
import { ZooKeeperConfigRoot } from '../../shared/config/zookeeper-config-root.ts';
import { FileStore } from '../../shared/store/file-store.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { useZooKeeper } from '../helpers/zookeeper.ts';
import { configRootContract } from './config-root.contract.ts';

const memory = new MemoryStore();
configRootContract('objects in memory', async () => new FolderConfigRoot(memory));

const folder = temporaryFolder();
configRootContract('a folder', async () => new FolderConfigRoot(new FileStore(folder)));

const zookeeper = useZooKeeper();
configRootContract('ZooKeeper', async () => new ZooKeeperConfigRoot(zookeeper().hosts));
configRootContract('ZooKeeper below a chroot', async () => {
  await using whole = new ZooKeeperConfigRoot(zookeeper().hosts);
  await whole.ensureFolder('/seldon');
  return new ZooKeeperConfigRoot(`${zookeeper().hosts}/seldon`);
});
