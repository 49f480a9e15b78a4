/** Reads day and run from the location of a model: its last segment is `<day>` or `<day>-<run>`, below any root. */
import type { LiveModel } from './record.ts';

const LAST_SEGMENT = /(?:^|\/)(\d{1,9})(?:-([0-9a-f]{16}))?\/*$/;

/**
 * Returns the model at a location that another system wrote into the node. Its request time is unknown.
 *
 * `s3n://bucket/root/shop/models/mf/15317-0123456789abcdef` has day 15317 and run `0123456789abcdef`;
 * `/old/shop/matrix-factorization/15317` has day 15317 and no run; `/best/model` has neither.
 */
export function modelAt(location: string): LiveModel {
  const [, day, run] = LAST_SEGMENT.exec(location) ?? [];
  return { day: day === undefined ? null : Number(day), run: run ?? null, requestedAt: null, location };
}
