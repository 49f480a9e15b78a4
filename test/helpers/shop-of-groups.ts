/** A small shop in which settings matter: each user buys mostly in one of six groups of ten items. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniform, writeActionLines } from '../../shared/example/actions.ts';

const PER_DAY = 3;

/** Writes grouped days of the client `shop`, in which every user has three actions. @param day the last one */
export function writeShopOfGroups(
  root: string,
  { day, days, users }: { day: number; days: number; users: number },
): void {
  const random = uniform(5);
  for (let at = day - days + 1; at <= day; at++) {
    const lines = Array.from({ length: users }, (_, index) => index + 1).flatMap((user) =>
      Array.from({ length: PER_DAY }, () => {
        const group = random() < 0.8 ? user % 6 : Math.floor(6 * random());
        const item = 1 + 10 * group + Math.floor(10 * random());
        const time = new Date(at * 86_400_000 + Math.floor(86_400_000 * random())).toISOString();
        return `{"timestamp_utc":"${time}","client":"shop","userid":${user},"itemid":${item},"type":1}`;
      }),
    );
    writeActionLines(root, 'shop', at, lines);
    writeFileSync(join(root, 'shop/actions', String(at), '_SUCCESS'), '');
  }
}
