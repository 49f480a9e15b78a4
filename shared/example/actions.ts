/** Grouped actions made by a fixed seed, as the grouping writes them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ActionsOptions {
  readonly users: number;
  readonly items: number;
  readonly actions: number;
  /** Part files; each user's actions lie in one of them. */
  readonly parts: number;
  readonly seed?: number;
  /** Added to every id: above 2^31 when ids are to be large. */
  readonly firstId?: number;
}

/** A linear congruential generator (Numerical Recipes): plenty for test data. Values in [0, 1). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Lines of actions, users ascending; types 1 to 3, popular items more often. */
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

/** Writes `<root>/<client>/actions/<day>/part-NNNNN`. */
export function writeActions(root: string, client: string, day: number, options: ActionsOptions): void {
  const folder = join(root, client, 'actions', String(day));
  mkdirSync(folder, { recursive: true });
  const lines = actionLines(options);
  const size = Math.ceil(lines.length / options.parts);
  for (let part = 0; part < options.parts; part++) {
    const text = lines.slice(part * size, (part + 1) * size).map((line) => `${line}\n`);
    writeFileSync(join(folder, `part-${String(part).padStart(5, '0')}`), text.join(''));
  }
}
