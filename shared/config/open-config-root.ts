/** Opens the configuration root that a text names. */
import { ConfigError } from '../errors.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import type { ConfigRoot } from './config-root.ts';
import { FolderConfigRoot } from './folder-config-root.ts';
import { ZooKeeperConfigRoot } from './zookeeper-config-root.ts';

const ZOOKEEPER = 'zookeeper:';

/**
 * Opens `zookeeper:<hosts>` (`host:port,host:port/chroot`), or a folder or `s3://` prefix in its place. Close it after use.
 *
 * @throws ConfigError for impossible hosts or an impossible location
 */
export async function openConfigRoot(
  spec: string,
  open: (location: string) => Promise<Store> = openStore,
): Promise<ConfigRoot> {
  if (spec.startsWith(ZOOKEEPER)) return new ZooKeeperConfigRoot(spec.slice(ZOOKEEPER.length));
  if (spec.trim() === '')
    throw new ConfigError('the configuration root is empty: name a folder, s3://… or zookeeper:…');
  return new FolderConfigRoot(await open(spec));
}
