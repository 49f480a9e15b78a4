/**
 * The settings that a search varies, declared by each job in its own `space.ts`, and the map from a point of the unit cube to
 * settings.
 *
 * ```ts
 * const space: SearchSpace = {
 *   dimensions: [
 *     { kind: 'real', setting: 'alpha', from: 0.1, to: 100 },
 *     { kind: 'choice', setting: 'rank', values: [8, 16, 32, 64, 128] },
 *   ],
 *   known: [{ alpha: 10, rank: 64 }],
 * };
 * settingsAt(space.dimensions, [0.5, 0.99]); // { alpha: 3.2, rank: 128 }
 * ```
 */
import type * as z from 'zod';
import { settingProblem } from '../config/read-config.ts';
import type { JsonValue } from '../json.ts';

/** The values of one setting. */
export type Dimension =
  /** A number from `from` to `to`, both above 0: its logarithm is spread evenly, and it is rounded to two digits. */
  | {
      readonly kind: 'real';
      readonly setting: string;
      readonly from: number;
      readonly to: number;
      /** The share of the points, 0 to 1, that leave the setting out. Only for a setting without a default. */
      readonly unset?: number;
    }
  /** One of a few values, each as often as the others. */
  | { readonly kind: 'choice'; readonly setting: string; readonly values: readonly JsonValue[] };

/** The values of the varied settings. Null stands for a setting that is left out. */
export type Point = Readonly<Record<string, JsonValue>>;

export interface SearchSpace {
  readonly dimensions: readonly Dimension[];
  /** Settings that did well elsewhere. They are tried as well; a setting that a point does not name has its default. */
  readonly known: readonly Point[];
  /** A dimension that the serving system fixes. It is searched only on request, and its result is never applied. */
  readonly fixedByServer?: { readonly dimension: Dimension; readonly why: string };
}

/** Returns the settings at a point of the unit cube. @param at one coordinate for each dimension, 0 (inclusive) to 1 (exclusive) */
export const settingsAt = (dimensions: readonly Dimension[], at: readonly number[]): Point =>
  Object.fromEntries(dimensions.map((dimension, index) => [dimension.setting, valueAt(dimension, at[index]!)]));

function valueAt(dimension: Dimension, at: number): JsonValue {
  if (dimension.kind === 'choice') return dimension.values[Math.floor(at * dimension.values.length)]!;
  const { from, to, unset = 0 } = dimension;
  if (at < unset) return null;
  const share = (at - unset) / (1 - unset);
  return Math.min(to, Math.max(from, Number((from * (to / from) ** share).toPrecision(2))));
}

/** Returns coordinates at which `settingsAt` has these settings, or the nearest ones that it can have. */
export const coordinatesOf = (dimensions: readonly Dimension[], point: Point): number[] =>
  dimensions.map((dimension) => coordinateOf(dimension, point[dimension.setting] ?? null));

function coordinateOf(dimension: Dimension, value: JsonValue): number {
  if (dimension.kind === 'choice') {
    const { values } = dimension;
    const at = typeof value === 'number' ? nearest(values, value) : Math.max(0, values.indexOf(value));
    return (at + 0.5) / values.length;
  }
  const { from, to, unset = 0 } = dimension;
  if (typeof value !== 'number') return unset / 2;
  const share = Math.log(Math.max(from, Math.min(to, value)) / from) / Math.log(to / from);
  return unset + (1 - unset) * Math.min(share, BELOW_ONE);
}

/** Coordinates are below 1. */
const BELOW_ONE = 1 - 1e-9;

/** Returns the index of the number that is nearest to `value` by ratio. */
function nearest(values: readonly JsonValue[], value: number): number {
  const distance = (other: JsonValue): number => Math.abs(Math.log((Number(other) + 1) / (value + 1)));
  return values.reduce<number>((best, other, at) => (distance(other) < distance(values[best]!) ? at : best), 0);
}

/** Returns the varied settings among all settings of a run; null for one that is not set. */
export const pointOf = (dimensions: readonly Dimension[], settings: Readonly<Record<string, unknown>>): Point =>
  Object.fromEntries(dimensions.map(({ setting }) => [setting, (settings[setting] ?? null) as JsonValue]));

/** Returns a sentence for each value of a space that the job's schema does not allow. */
export function spaceProblems(schema: z.ZodObject, { dimensions, known, fixedByServer }: SearchSpace): string[] {
  const all = fixedByServer === undefined ? dimensions : [...dimensions, fixedByServer.dimension];
  const declared = all.flatMap((dimension) =>
    (dimension.kind === 'choice' ? dimension.values : [dimension.from, dimension.to]).map(
      (value) => [dimension.setting, value] as const,
    ),
  );
  const points = known.flatMap((point) => Object.entries(point));
  return [...declared, ...points].flatMap(([setting, value]) => {
    const problem = settingProblem(schema, setting, value);
    return problem === undefined ? [] : [`its search space has a wrong value: ${problem}`];
  });
}
