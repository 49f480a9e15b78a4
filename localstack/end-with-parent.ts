/** Servers that end when the process that started them ends, however it does: also by a signal that it cannot catch. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Waits for the end of its standard input, a pipe that this process holds open as long as it lives. `$1` is the server,
 * `$2` its folder. Ctrl-C in a terminal reaches this watcher too, and must not end it before its work is done.
 */
const WATCHER = 'trap "" INT TERM HUP; read -r _; kill -KILL "$1" 2>/dev/null; [ -z "$2" ] || rm -rf "$2"';

/**
 * Kills the server when this process is gone, and removes its folder, where it has one of its own.
 * @returns ends the watch: for a server that is stopped in order
 */
export function endWithParent(server: ChildProcess, folder = ''): () => void {
  if (server.pid === undefined) return () => undefined;
  const watcher = spawn('sh', ['-c', WATCHER, 'sh', String(server.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Neither the watcher nor its pipe keeps this process alive.
  watcher.unref();
  (watcher.stdin as Socket).unref();
  return () => void watcher.kill('SIGKILL');
}
