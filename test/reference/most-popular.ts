/** The popular items the slow way: every count is taken over a list in memory. `functions/mostpopular/README.md` defines them. */

/** The field of a grouped action that counts. */
export interface PlainItem {
  readonly item: number;
}

/** Returns the text of the file of popular items. */
export function popularPlainly(actions: readonly PlainItem[]): string {
  const items = [...new Set(actions.map(({ item }) => item))].filter((item) => item > 0);
  return items
    .map((item) => ({ item, count: actions.filter((action) => action.item === item).length }))
    .sort((a, b) => b.count - a.count || a.item - b.item)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}
