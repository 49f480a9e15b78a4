/** Finds the raw logs that hold users. They belong to the owner of the logs, so they are named, and never changed. */
import { expandPattern, inputPattern } from '../../functions/group-actions/input-pattern.ts';
import type { Finding } from '../../shared/forget/finding.ts';
import { mayBeOf, textTest, type WantedUsers } from '../../shared/forget/user-files.ts';
import { readLines } from '../../shared/lines/read-lines.ts';
import { RawAction } from '../../shared/model/action-raw.ts';
import { openStore } from '../../shared/store/open-store.ts';
import type { ObjectInfo, Store } from '../../shared/store/store.ts';

/** @param days the days whose logs are searched, in days since 1970-01-01 UTC */
export async function findInLogs(
  pattern: string,
  days: readonly number[],
  client: string,
  wanted: WantedUsers,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const expanded of new Set(days.map((day) => expandPattern(pattern, day)))) {
    const { folder, matches } = inputPattern(expanded);
    const store = await openStore(folder);
    for await (const object of store.list('')) {
      if (!matches(object.key) || !(await holds(store, object, client, wanted))) continue;
      const place = `${store.root}/${object.key}`;
      const because = 'raw logs belong to their owner, and the grouping leaves the users out';
      found.push({ kind: 'raw logs', place, objects: 1, isSure: true, outcome: 'stays', because });
    }
  }
  return found;
}

/** True when a line of the client is of one of the users, by id or by the client's own text. Broken lines are searched as text. */
async function holds(store: Store, object: ObjectInfo, client: string, wanted: WantedUsers): Promise<boolean> {
  const action = new RawAction();
  const isNamed = textTest(wanted);
  let found = false;
  await readLines(store, object, {
    line: (buffer, start, end) => {
      if (found) return;
      const isAction = action.parse(buffer, start, end);
      if (isAction && action.clientNames[action.client] !== client) return;
      const text = buffer.toString('utf8', start, end);
      found = (isAction && wanted.ids.has(action.user)) || (isNamed(text) && (isAction || mayBeOf(text, client)));
    },
    tooLong: () => undefined,
  });
  return found;
}
