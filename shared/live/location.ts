/** What the location of a model tells about it: its last segment is `<day>` or `<day>-<run>`, whatever its root is. */
import type { LiveModel } from './record.ts';

const LAST_SEGMENT = /(?:^|\/)(\d{1,9})(?:-([0-9a-f]{16}))?\/*$/;

/**
 * The model at a location that somebody else wrote into the node. Its request time is not known.
 *
 * `s3n://bucket/root/shop/models/mf/15317-0123456789abcdef` has day 15317 and run `0123456789abcdef`;
 * `/old/shop/matrix-factorization/15317` has day 15317 and no run; `/best/model` has neither.
 */
export function modelAt(location: string): LiveModel {
  const [, day, run] = LAST_SEGMENT.exec(location) ?? [];
  return { day: day === undefined ? null : Number(day), run: run ?? null, requestedAt: null, location };
}
