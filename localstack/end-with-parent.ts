/** Ends a server when the process that started it ends, even by a signal that the process cannot catch. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Waits for the end of its standard input, a pipe that this process holds open while it runs. `$1` is the server, `$2` is its
 * folder. Ctrl-C in a terminal reaches this watcher too, and must not end it before it has killed the server.
 */
const WATCHER = 'trap "" INT TERM HUP; read -r _; kill -KILL "$1" 2>/dev/null; [ -z "$2" ] || rm -rf "$2"';

/**
 * Kills the server when this process has ended, and removes the server's folder, if one is given.
 *
 * @returns a function that ends the watch, for a server that was stopped
 */
export function endWithParent(server: ChildProcess, folder = ''): () => void {
  if (server.pid === undefined) return () => undefined;
  const watcher = spawn('sh', ['-c', WATCHER, 'sh', String(server.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Neither the watcher nor its pipe keeps this process running.
  watcher.unref();
  (watcher.stdin as Socket).unref();
  return () => void watcher.kill('SIGKILL');
}
