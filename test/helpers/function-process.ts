/** Finds and kills the process that a Lambda function runs in, in the emulator's host mode (Linux). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Kills the process whose end of a TCP connection over IPv4 is `port`. @throws Error when there is none */
export function killProcessOfPort(port: number): void {
  const inode = inodeOfPort(port);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!socketsOf(pid).has(`socket:[${inode}]`)) continue;
    process.kill(Number(pid), 'SIGKILL');
    return;
  }
  throw new Error(`no process of ours has the connection from port ${port}`);
}

/** Source: proc_net_tcp(5): number, local address, remote address, state, four more, then uid, timeout, inode. */
function inodeOfPort(port: number): string {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const entries = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const inode = entries.map((line) => line.trim().split(/\s+/)).find((fields) => fields[1]?.endsWith(local))?.[9];
  if (inode !== undefined) return inode;
  throw new Error(`there is no connection from port ${port}`);
}

function socketsOf(pid: string): Set<string> {
  const folder = `/proc/${pid}/fd`;
  try {
    return new Set(readdirSync(folder).map((fd) => readlinkSync(`${folder}/${fd}`)));
  } catch {
    return new Set(); // Another's process, or one that ended while we looked.
  }
}
