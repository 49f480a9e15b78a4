/**
 * Recommendations the obvious way: every score of every user is computed and sorted.
 *
 * The job's bytes are compared with these. Its lines are in one part, because tests have few users.
 */
import { scoreOf } from './best-items.ts';

export interface PlainAction {
  readonly user: number;
  readonly item: number;
  readonly type: number;
  readonly timeMs: number;
}

export interface PlainRecommendationSettings {
  readonly limit: number;
  readonly excludeSeen: boolean;
  readonly fallback: 'recent-popularity' | 'none';
  readonly excludeUsersAbove?: number;
  /** The types of positive actions. */
  readonly positive: readonly number[];
  /** The last day that is read. */
  readonly day: number;
  readonly allowed?: readonly number[];
  readonly denied?: readonly number[];
}

/** @param users the text of the users' vectors @param items the text of the items' vectors */
export function recommendationsPlainly(
  actions: readonly PlainAction[],
  users: string,
  items: string,
  settings: PlainRecommendationSettings,
): string {
  const { limit, excludeSeen, fallback, excludeUsersAbove, positive, day, allowed, denied } = settings;
  const mayBe = (item: number) => (allowed?.includes(item) ?? true) && !(denied?.includes(item) ?? false);
  const isBot = (user: number) =>
    excludeUsersAbove !== undefined && actions.filter((action) => action.user === user).length > excludeUsersAbove;
  const own = actions.filter(({ user }) => !isBot(user));
  const hasMet = (user: number, item: number) =>
    excludeSeen && own.some((action) => action.user === user && action.item === item);

  const userVectors = vectorsIn(users);
  const itemVectors = vectorsIn(items);
  const popularity = new Map<number, number>();
  for (const { item, type, timeMs } of own.toSorted((a, b) => a.timeMs - b.timeMs)) {
    if (!positive.includes(type)) continue;
    const age = Math.max(0, (day + 1) * 86_400_000 - timeMs) / 86_400_000;
    popularity.set(item, (popularity.get(item) ?? 0) + 2 ** (-age / 7));
  }

  const best = (user: number, scores: Iterable<readonly [item: number, score: number]>) =>
    [...scores]
      .filter(([item]) => mayBe(item) && !hasMet(user, item))
      .sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b)
      .slice(0, limit);
  const lines = new Map<number, string>();
  for (const [user, vector] of userVectors) {
    const scores = [...itemVectors].map(([item, other]) => [item, scoreOf(vector, other)] as const);
    lines.set(user, JSON.stringify({ user, items: best(user, scores), from: 'model' }));
  }
  for (const user of new Set(own.map((action) => action.user))) {
    if (fallback === 'none' || userVectors.has(user)) continue;
    const list = best(user, popularity).map(([item, score]) => [item, Math.fround(score)]);
    lines.set(user, JSON.stringify({ user, items: list, from: 'popularity' }));
  }
  const ascending = [...lines].sort(([a], [b]) => a - b);
  return ascending.map(([, line]) => `${line}\n`).join('');
}

/** Returns id → vector. */
function vectorsIn(text: string): Map<number, Float32Array> {
  const rows = text.split('\n').filter((line) => line !== '');
  return new Map(
    rows.map((line) => {
      const [id, numbers] = line.split('|');
      return [Number(id), Float32Array.from(numbers!.split(','), Number)];
    }),
  );
}
