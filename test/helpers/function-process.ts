/** Finds and kills the process of a Lambda function. This works in the emulator's host mode on Linux. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Kills the process that has a TCP connection over IPv4 from `port`. @throws Error when no process of this user has it */
export function killProcessOfPort(port: number): void {
  const inode = inodeOfPort(port);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!socketsOf(pid).has(`socket:[${inode}]`)) continue;
    process.kill(Number(pid), 'SIGKILL');
    return;
  }
  throw new Error(`no process of this user has the connection from port ${port}`);
}

/**
 * Returns the inode of the socket with this local port. The fields of a line are, after proc_net_tcp(5): number, local
 * address, remote address, state, four more, uid, timeout, inode.
 */
function inodeOfPort(port: number): string {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const entries = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const inode = entries.map((line) => line.trim().split(/\s+/)).find((fields) => fields[1]?.endsWith(local))?.[9];
  if (inode !== undefined) return inode;
  throw new Error(`no connection from port ${port} is open`);
}

function socketsOf(pid: string): Set<string> {
  const folder = `/proc/${pid}/fd`;
  try {
    return new Set(readdirSync(folder).map((fd) => readlinkSync(`${folder}/${fd}`)));
  } catch {
    return new Set(); // The process belongs to another user, or it has just ended.
  }
}
