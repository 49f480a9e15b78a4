/** Raw logs of real days (Online Retail), for clients of a test's own: each user is one client's. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { MS_PER_DAY } from '../../shared/model/time.ts';

const SOURCE = new URL('../data/onlineretail/logs/', import.meta.url).pathname;

/** `actions.2011/1208` of a day number. */
export function dayFolderName(day: number): string {
  const date = new Date(day * MS_PER_DAY).toISOString();
  return `actions.${date.slice(0, 4)}/${date.slice(5, 7)}${date.slice(8, 10)}`;
}

/** The lines of a day by client, in their order; the day's users are dealt out to the clients in turn, by their ids. */
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

/** Writes lines as a collector does: `<root>/actions.2011/1208/<collector>/<name>.log.gz`. Returns the key below root. */
export function writeLog(root: string, day: number, name: string, lines: readonly string[]): string {
  const key = `${dayFolderName(day)}/collector-0/${name}.log.gz`;
  mkdirSync(dirname(join(root, key)), { recursive: true });
  writeFileSync(join(root, key), gzipSync(lines.map((line) => `${line}\n`).join('')));
  return key;
}

/** The files below a folder, as keys, in the order of their names. */
export const keysBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
