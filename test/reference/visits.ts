/** The rules that sessions and baskets share: which users take part, and when a visit has ended. */

/** The fields of a grouped action that these jobs read. */
export interface PlainAction {
  readonly user: number;
  readonly item: number;
  readonly type: number;
  readonly timeMs: number;
}

export interface PlainGap {
  readonly maxIntraSessionGapSecs: number;
}

export interface PlainVisitSettings extends PlainGap {
  readonly minActionsPerUser: number;
  readonly maxActionsPerUser: number;
}

/** The default settings of both jobs. */
export const VISIT_DEFAULTS: PlainVisitSettings = {
  maxIntraSessionGapSecs: -1,
  minActionsPerUser: 0,
  maxActionsPerUser: 100_000,
};

/** Returns the actions of every user who takes part, users ascending. A user's actions keep their order. */
export function byUser(
  actions: readonly PlainAction[],
  { minActionsPerUser, maxActionsPerUser }: PlainVisitSettings,
): [user: number, userActions: PlainAction[]][] {
  const users = new Map<number, PlainAction[]>();
  for (const action of actions) {
    if (!users.has(action.user)) users.set(action.user, []);
    users.get(action.user)!.push(action);
  }
  return [...users]
    .filter(([, userActions]) => userActions.length >= minActionsPerUser && userActions.length <= maxActionsPerUser)
    .sort(([a], [b]) => a - b);
}

/** Cuts the actions of one user, in order, into visits. A visit ends before an action that comes too long after the one before. */
export function cutPlainly(inOrder: readonly PlainAction[], gap: PlainGap): PlainAction[][] {
  const visits: PlainAction[][] = [];
  for (const [index, action] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before === undefined || isGapTooLong(before, action, gap)) visits.push([]);
    visits.at(-1)!.push(action);
  }
  return visits;
}

/** True when the time from `before` to `after` ends a visit. A negative gap in the settings ends none. */
export const isGapTooLong = (before: PlainAction, after: PlainAction, { maxIntraSessionGapSecs }: PlainGap) =>
  maxIntraSessionGapSecs >= 0 && after.timeMs - before.timeMs > maxIntraSessionGapSecs * 1000;
