/** Grouped actions in the format that the grouping writes, made from a fixed seed or given line by line. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIONS } from '../store/keys.ts';

export interface ActionsOptions {
  readonly users: number;
  readonly items: number;
  readonly actions: number;
  /** The number of part files. */
  readonly parts: number;
  readonly seed?: number;
  /** The smallest id. Tests of large ids give one above 2^31. */
  readonly firstId?: number;
}

/** Returns a linear congruential generator (Numerical Recipes) of values in [0, 1). It is good enough for test data. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Returns lines of actions, users ascending. Types are 1 to 3; items with small ids occur more often. */
export function actionLines({ users, items, actions, seed = 1, firstId = 1 }: ActionsOptions): string[] {
  const random = uniform(seed);
  const made = Array.from({ length: actions }, () => {
    const user = firstId + Math.floor(users * random() ** 2);
    const item = firstId + Math.floor(items * random() ** 2);
    return { user, item, type: 1 + Math.floor(3 * random()), second: Math.floor(86_400 * random()) };
  });
  made.sort((a, b) => a.user - b.user || a.second - b.second || a.item - b.item || a.type - b.type);
  return made.map(({ user, item, type, second }) => {
    const time = new Date(1_322_697_600_000 + second * 1000).toISOString().replace('.000', '');
    return (
      `{"timestamp_utc":"${time}","client":"shop","client_userid":"u${user}","userid":${user},"itemid":${item},` +
      `"client_itemid":"i${item}","rectag":"default","type":${type},"value":1}`
    );
  });
}

/** The client and the day (2011-12-09) of the jobs' examples. */
export const EXAMPLE_CLIENT = 'shop';
export const EXAMPLE_DAY = 15_317;

/** Writes the actions of most jobs' examples: 120 users, seven files, ids above 2^33. */
export const writeExampleActions = (root: string, items = 60): void =>
  writeActions(root, EXAMPLE_CLIENT, EXAMPLE_DAY, { users: 120, items, actions: 7_000, parts: 7, firstId: 2 ** 33 });

/** Writes actions made from a seed to `<root>/<client>/actions/<day>/part-NNNNN`. */
export function writeActions(root: string, client: string, day: number, options: ActionsOptions): void {
  writeActionLines(root, client, day, actionLines(options), options.parts);
}

/** Returns the shortest line of an action on 2011-12-09 that every job reads; its type is `type`, else 0. */
export function actionLine(user: number, item: number, type?: number): string {
  return JSON.stringify({ timestamp_utc: '2011-12-09', client: 'shop', userid: user, itemid: item, type });
}

/** Writes the lines to `<root>/<client>/actions/<day>/part-NNNNN`. */
export function writeActionLines(root: string, client: string, day: number, lines: readonly string[], parts = 1): void {
  writeParts(join(root, client, ACTIONS, String(day)), lines, parts);
}

/** Writes the lines, cut into equal parts, to `<folder>/part-NNNNN`. */
export function writeParts(folder: string, lines: readonly string[], parts: number): void {
  mkdirSync(folder, { recursive: true });
  const size = Math.ceil(lines.length / parts);
  for (let part = 0; part < parts; part++) {
    const text = lines.slice(part * size, (part + 1) * size).map((line) => `${line}\n`);
    writeFileSync(join(folder, `part-${String(part).padStart(5, '0')}`), text.join(''));
  }
}
