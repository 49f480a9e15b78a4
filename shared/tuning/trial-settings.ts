/** The configuration of a trial: that of the client without the varied settings, and then those of the trial. */
import { settingNames } from '../config/read-config.ts';
import { factsOf } from '../config/settings.ts';
import { defaultSettings } from '../config/settings-readings.ts';
import type { AnyJob } from '../job/job.ts';
import { isRecord, type JsonValue, parseJson } from '../json.ts';
import { type Dimension, type Point, pointOf } from './space.ts';

/** Returns the varied settings of a client without a configuration. */
export const defaultPoint = (job: AnyJob, dimensions: readonly Dimension[]): Point =>
  pointOf(dimensions, defaultSettings(job.settings));

/** Returns the client's settings that every trial has. Secrets are not among them, because a trial fills no table. */
export function sharedSettings(
  job: AnyJob,
  settings: Readonly<Record<string, unknown>>,
  dimensions: readonly Dimension[],
): Record<string, JsonValue> {
  const varied = new Set(dimensions.map(({ setting }) => setting));
  const isShared = (key: string): boolean => !varied.has(key) && !factsOf(job.settings.shape[key]!).secret;
  return Object.fromEntries(Object.entries(settings).filter(([key]) => isShared(key))) as Record<string, JsonValue>;
}

/** Returns the settings of a point; those that it leaves out are missing. */
export const settingsOfPoint = (point: Point): Record<string, JsonValue> =>
  Object.fromEntries(Object.entries(point).filter(([, value]) => value !== null));

/**
 * Returns the text of the client's node with the settings of a point in it. All other keys stay as they are.
 *
 * @param text of the node, which was read as a configuration before; undefined when there is none
 */
export function nodeWith(job: AnyJob, text: string | undefined, point: Point): string {
  const names = settingNames(job.settings.shape);
  const before = text === undefined ? {} : parseJson(text.replace(/^\uFEFF/, ''));
  const kept = Object.entries(isRecord(before) ? before : {}).filter(
    ([key]) => !Object.hasOwn(point, names.get(key) ?? key),
  );
  return JSON.stringify({ ...Object.fromEntries(kept), ...settingsOfPoint(point) }, undefined, 2);
}
