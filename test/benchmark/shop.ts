/**
 * A shop's day as raw logs and a catalogue, for whole jobs of any size. A user has twenty actions on 5,000 items, so ten times
 * the actions are ten times the users.
 *
 * The activity of users is log-normal. A user comes twice a day for an hour and has one of twenty tastes: half of the items
 * that it takes are of this taste and half are of the whole shop, both by a power law. One action in ten removes the last item
 * from the basket (type 2). In one action of fifty the user is unknown (`userid` 0), which grouping has to repair.
 *
 * Lines are made hour by hour while they are written, so the users are in memory, and the actions are not.
 */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import { collectorFolder, rawLine } from './logs.ts';
import { drawer, normal, permutation, uniform } from './random.ts';

export const SHOP_ITEMS = 5_000;
export const ACTIONS_A_USER = 20;

const HOURS = 24;
const SECONDS_AN_HOUR = 3_600;
const VISITS = 2;
const TASTES = 20;
/** The weight of the item at rank r is 1 / (r + 21) in the whole shop, and 1 / (r + 5) in a taste, which is narrower. */
const SHOP_OFFSET = 21;
const TASTE_OFFSET = 5;
const REMOVALS = 0.1;
const UNKNOWN = 0.02;
/** The number of tags beside those of tastes. Each item has the tag of its taste and some of these. */
const OTHER_TAGS = 200;
const TAGS_AN_ITEM = 3;
const LINES_A_PIECE = 1_000;
const SEED = 1;

/** The argument of `children/generate-shop.ts`. */
export interface ShopRun {
  readonly folder: string;
  readonly actions: number;
  /** True to make compressed `logs` and `items.ndjson`; false to make `plain-logs`. */
  readonly gzip: boolean;
}

/** Writes `<hour>.log[.gz]` into the collector's folder. */
export async function writeShopLogs(folder: string, actions: number, gzip: boolean): Promise<void> {
  const day = collectorFolder(folder);
  mkdirSync(day, { recursive: true });
  for (const { name, pieces } of shopHours(actions)) {
    const path = `${day}/${name}.log`;
    if (gzip) await pipeline(Readable.from(pieces), createGzip(), createWriteStream(`${path}.gz`));
    else await pipeline(Readable.from(pieces), createWriteStream(path));
  }
}

/** Yields the hours of the day as pieces of text. The pieces of an hour must be read before the next hour. */
function* shopHours(actions: number): Generator<{ name: string; pieces: Iterable<string> }> {
  const random = uniform(SEED);
  const users = Math.ceil(actions / ACTIONS_A_USER);
  const itemAt = itemsByPlace();
  const activity = Float64Array.from({ length: users }, () => Math.exp(normal(random)));
  const visitHours = Uint32Array.from({ length: VISITS * users }, () => Math.floor(random() * HOURS));
  const offsets = offsetsOf(visitHours, HOURS);
  const visits = orderBy(visitHours, offsets);
  const totalActivity = VISITS * activity.reduce((sum, value) => sum + value, 0);
  const drawShop = drawer(powerLaw(SHOP_ITEMS, SHOP_OFFSET), random);
  const drawTaste = drawer(powerLaw(SHOP_ITEMS / TASTES, TASTE_OFFSET), random);
  /** The rank of the item that each user took last. */
  const last = new Uint32Array(users);
  let seen = 0;
  let activityBefore = 0;
  for (let hour = 0; hour < HOURS; hour++) {
    const here = visits.subarray(offsets[hour], offsets[hour + 1]).map((visit) => visit % users);
    const weights = permuted(activity, here);
    activityBefore += weights.reduce((sum, value) => sum + value, 0);
    const count = Math.round((activityBefore / totalActivity) * actions) - seen;
    seen += count;
    const drawVisitor = drawer(weights, random);
    yield { name: String(hour).padStart(2, '0'), pieces: pieces(count) };

    function* pieces(lines: number): Generator<string> {
      let text = '';
      for (let line = 0; line < lines; line++) {
        const user = here[drawVisitor()]!;
        const removes = random() < REMOVALS;
        if (!removes) {
          const place = random() < 0.5 ? drawShop() : drawTaste() * TASTES + (user % TASTES);
          last[user] = place;
        }
        const known = random() >= UNKNOWN;
        const item = itemAt[last[user]!]!;
        const second = hour * SECONDS_AN_HOUR + Math.floor((line * SECONDS_AN_HOUR) / lines);
        text += `${rawLine({ user, item, second, type: removes ? 2 : 1, known })}\n`;
        if ((line + 1) % LINES_A_PIECE !== 0) continue;
        yield text;
        text = '';
      }
      yield text;
    }
  }
}

/** Writes the catalogue. An item has a dimension for its taste, one for its price, and tags. */
export function writeCatalogue(path: string): void {
  const random = uniform(SEED + 1);
  let text = '';
  for (const [place, item] of itemsByPlace().entries()) {
    const taste = place % TASTES;
    const dims = [taste, TASTES + Math.floor(random() * 10)];
    const others = Array.from({ length: TAGS_AN_ITEM }, () => `tag ${Math.floor(random() * OTHER_TAGS)}`);
    text += `${JSON.stringify({ itemid: item + 1, dims, tags: [`taste ${taste}`, ...others] })}\n`;
  }
  writeFileSync(path, text);
}

/** Returns the item at each rank of popularity, which is the same in the logs and in the catalogue. */
const itemsByPlace = (): Uint32Array => permutation(SHOP_ITEMS, uniform(SEED + 2));

const powerLaw = (places: number, offset: number): Float64Array =>
  Float64Array.from({ length: places }, (_, place) => 1 / (place + offset));
