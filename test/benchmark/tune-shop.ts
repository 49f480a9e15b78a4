/**
 * A generated shop for searches of settings. Each user likes a few of 16 groups of items, and the likes of a group fade within a
 * month while others come up. So a rank near 16 is enough, a larger one learns noise, and recent actions count more: the best
 * settings are known to be a low rank, a large alpha and a half-life of some weeks.
 */

import { once } from 'node:events';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { madeOnce } from './made-once.ts';
import { CLIENT, DAY } from './places.ts';
import { drawer, uniform } from './random.ts';

export const TUNE_DAYS = 30;
export const TUNE_HOLDOUT = 3;
const WINDOW = TUNE_DAYS + 2 * TUNE_HOLDOUT;
const GROUPS = 16;
const ITEMS = 8_000;
const ACTIONS_A_USER = 50;
const NOISE = 0.15;
/** The days after which a user has gone on to another group. */
const TURN = 20;

/** Returns the root with grouped actions of `WINDOW` days up to `DAY`. */
export const tuneShop = (actions: number): Promise<string> =>
  madeOnce(`tune-${actions}`, (folder) => writeDays(folder, actions));

async function writeDays(folder: string, actions: number): Promise<void> {
  const random = uniform(42);
  const users = Math.ceil(actions / ACTIONS_A_USER);
  const inGroup = Math.floor(ITEMS / GROUPS);
  const nth = drawer(
    Float64Array.from({ length: inGroup }, (_, rank) => 1 / (rank + 10)),
    random,
  );
  const anywhere = drawer(
    Float64Array.from({ length: ITEMS }, (_, rank) => 1 / (rank + 10)),
    random,
  );
  const phase = Float64Array.from({ length: users }, () => TURN * random());
  for (let day = DAY - WINDOW + 1; day <= DAY; day++) {
    const place = `${folder}/${CLIENT}/actions/${day}`;
    mkdirSync(place, { recursive: true });
    const file = createWriteStream(`${place}/part-00000`);
    for (let user = 0; user < users; user++) {
      const share = actions / users / WINDOW;
      const count = Math.floor(share) + (random() < share % 1 ? 1 : 0);
      const turn = Math.floor((day + phase[user]!) / TURN);
      const group = (user * 7 + turn * 5) % GROUPS;
      let text = '';
      for (let nthAction = 0; nthAction < count; nthAction++) {
        const item = 1 + (random() < NOISE ? anywhere() : group + GROUPS * nth());
        const time = new Date(day * MS_PER_DAY + Math.floor(MS_PER_DAY * random())).toISOString();
        text += `{"timestamp_utc":"${time}","client":"${CLIENT}","userid":${user + 1},"itemid":${item},"type":1}\n`;
      }
      if (text !== '' && !file.write(text)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'finish');
    writeFileSync(`${place}/_SUCCESS`, '');
  }
}
