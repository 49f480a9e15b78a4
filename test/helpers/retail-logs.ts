/** Raw logs of real days (Online Retail), with the clients that a test names: each user belongs to one of them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { MS_PER_DAY } from '../../shared/model/time.ts';

const SOURCE = new URL('../data/onlineretail/logs/', import.meta.url).pathname;

/** Returns the folder of a day: `actions.2011/1208`. */
export function dayFolderName(day: number): string {
  const date = new Date(day * MS_PER_DAY).toISOString();
  return `actions.${date.slice(0, 4)}/${date.slice(5, 7)}${date.slice(8, 10)}`;
}

/** Returns client → the lines of a day, in their order. A user belongs to the client with the index `id % clients`. */
export function linesOfDay(day: number, clients: readonly string[]): Map<string, string[]> {
  const packed = readFileSync(join(SOURCE, dayFolderName(day), 'collector-0/onlineretail.log.gz'));
  const lines = new Map<string, string[]>(clients.map((client) => [client, []]));
  for (const line of gunzipSync(packed).toString().trimEnd().split('\n')) {
    const user = Number(/"userid":(\d+)/.exec(line)?.[1]);
    const client = clients[user % clients.length]!;
    lines.get(client)?.push(line.replace('"client":"onlineretail"', `"client":"${client}"`));
  }
  return lines;
}

/** Writes the lines to `<root>/actions.2011/1208/collector-0/<name>.log.gz` and returns the key below the root. */
export function writeLog(root: string, day: number, name: string, lines: readonly string[]): string {
  const key = `${dayFolderName(day)}/collector-0/${name}.log.gz`;
  mkdirSync(dirname(join(root, key)), { recursive: true });
  writeFileSync(join(root, key), gzipSync(lines.map((line) => `${line}\n`).join('')));
  return key;
}
