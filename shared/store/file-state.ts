/**
 * The state of a file, as `stat` tells it: device, inode, size, and the times of the last change of the content (`mtime`) and
 * of the inode (`ctime`), in nanoseconds.
 */
import type { BigIntStats } from 'node:fs';

/** Names a file's content without reading it: two states are equal when nobody wrote to the file in between. */
export function contentState(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}

/** Names a file's content and its inode's last change. A file that is linked or renamed gets another full state. */
export const fullState = (stat: BigIntStats): string => `${contentState(stat)}:${stat.ctimeNs}`;
