/** Checks the paths of configuration nodes, and the names of clients and jobs in them. */
import { ConfigError } from '../errors.ts';

/** Returns a name as a segment of a path. @throws ConfigError for a name that would lead to another node */
export function pathSegment(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw new ConfigError(`${JSON.stringify(name)} cannot name a node: it is empty, ".", ".." or holds "/" or NUL`);
  }
  return name;
}

/** Returns the path without its leading slash. @throws ConfigError for an impossible path */
export function keyOfNode(path: string): string {
  if (!path.startsWith('/'))
    throw new ConfigError(`${JSON.stringify(path)} is no path of a node: it must start with "/"`);
  for (const segment of path.slice(1).split('/')) pathSegment(segment);
  return path.slice(1);
}

/**
 * The characters that ZooKeeper's servers refuse: control characters, U+F000 to U+F8FF, U+FFF0 to U+FFFF, and every character
 * of two UTF-16 units, such as emoji. Source: `PathUtils.validatePath` of ZooKeeper 3.8.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const REFUSED_BY_ZOOKEEPER = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** Checks a path for ZooKeeper. @throws ConfigError for a path that no ZooKeeper node can have */
export function checkZooKeeperPath(path: string): void {
  keyOfNode(path);
  if (!REFUSED_BY_ZOOKEEPER.test(path)) return;
  throw new ConfigError(
    `ZooKeeper cannot hold a node called ${JSON.stringify(path)}: it refuses control characters, emoji and private characters; use a --config-root folder for this client`,
  );
}
