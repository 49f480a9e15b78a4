/**
 * Derives from a settings' schema: the table for docs and help, the settings without secrets, and those that decide the
 * bytes.
 */
import type * as z from 'zod';
import { canonicalJson, type JsonValue } from '../json.ts';
import { factsOf } from './settings.ts';

/** One row of a job's table of settings. All cells are plain text. */
export interface SettingRow {
  readonly name: string;
  readonly type: string;
  /** The default as JSON, or `none` or `required`. */
  readonly default: string;
  readonly range: string;
  readonly meaning: string;
}

/** Returns the table of settings, in the order of their declaration. */
export function settingsTable(schema: z.ZodObject): SettingRow[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { type, required, range, meaning, aliases, default: value } = factsOf(field);
    const spelled = aliases.length === 0 ? meaning : `${meaning} (also spelt ${aliases.join(', ')})`;
    const standard = value === undefined ? (required ? 'required' : 'none') : canonicalJson(value as JsonValue);
    return { name, type, default: standard, range, meaning: spelled };
  });
}

const HIDDEN = '***';

/** Returns the settings in a form that anyone may see: a secret that is set becomes `***`. */
export function maskSettings(
  schema: z.ZodObject,
  settings: Readonly<Record<string, unknown>>,
): Record<string, JsonValue> {
  return pick(schema, settings, (key) => {
    const hidden = factsOf(schema.shape[key]!).secret && settings[key] !== '';
    return hidden ? HIDDEN : (settings[key] as JsonValue);
  });
}

/** Returns the names of the settings that name a file or folder beside the roots (`place`). */
export const placesIn = (schema: z.ZodObject): string[] =>
  Object.keys(schema.shape).filter((key) => factsOf(schema.shape[key]!).place);

/** Returns the settings that decide the output's bytes, without secrets. The steps of a run see these. */
export function settingsOfSteps(
  schema: z.ZodObject,
  settings: Readonly<Record<string, unknown>>,
): Record<string, JsonValue> {
  return pick(schema, settings, (key) => {
    const { decidesBytes, secret } = factsOf(schema.shape[key]!);
    return decidesBytes && !secret ? (settings[key] as JsonValue) : undefined;
  });
}

/**
 * Returns the settings that are part of the run's identity and manifest: those of the steps, without the defaults of settings
 * that were added later.
 */
export function decidingSettings(
  schema: z.ZodObject,
  settings: Readonly<Record<string, unknown>>,
): Record<string, JsonValue> {
  const ofSteps = settingsOfSteps(schema, settings);
  return pick(schema, ofSteps, (key) => {
    const { addedLater, default: standard } = factsOf(schema.shape[key]!);
    const isUnnamed = addedLater && canonicalJson(ofSteps[key]) === canonicalJson(standard as JsonValue);
    return isUnnamed ? undefined : ofSteps[key];
  });
}

function pick(
  schema: z.ZodObject,
  settings: Readonly<Record<string, unknown>>,
  shown: (key: string) => JsonValue | undefined,
): Record<string, JsonValue> {
  const picked: Record<string, JsonValue> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = settings[key] === undefined ? undefined : shown(key);
    if (value !== undefined) picked[key] = value;
  }
  return picked;
}

/** Returns the settings that have a default, with it. */
export const defaultSettings = (schema: z.ZodObject): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schema.shape).flatMap(([name, field]) => {
      const value = factsOf(field).default;
      return value === undefined ? [] : [[name, value]];
    }),
  );
