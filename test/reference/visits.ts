/** What sessions and baskets have in common, as plainly as it can be said. */

/** An action as a grouped line has it. */
export interface PlainAction {
  readonly user: number;
  readonly item: number;
  readonly type: number;
  readonly timeMs: number;
}

export interface PlainVisitSettings {
  readonly maxIntraSessionGapSecs: number;
  readonly minActionsPerUser: number;
  readonly maxActionsPerUser: number;
}

export const VISIT_DEFAULTS: PlainVisitSettings = {
  maxIntraSessionGapSecs: -1,
  minActionsPerUser: 0,
  maxActionsPerUser: 100_000,
};

/** The actions of every user who takes part, users ascending; each user's in the order they came. */
export function byUser(
  actions: readonly PlainAction[],
  { minActionsPerUser, maxActionsPerUser }: PlainVisitSettings,
): [user: number, own: PlainAction[]][] {
  const users = new Map<number, PlainAction[]>();
  for (const action of actions) {
    if (!users.has(action.user)) users.set(action.user, []);
    users.get(action.user)!.push(action);
  }
  return [...users]
    .filter(([, own]) => own.length >= minActionsPerUser && own.length <= maxActionsPerUser)
    .sort(([a], [b]) => a - b);
}

/** Whether a visit cannot go on from `before` to `after`. */
export const isTooLong = (before: PlainAction, after: PlainAction, { maxIntraSessionGapSecs }: PlainVisitSettings) =>
  maxIntraSessionGapSecs >= 0 && after.timeMs - before.timeMs > maxIntraSessionGapSecs * 1000;
