/** Checks the keys after `--set`: each must be a setting of a job that runs. */
import { isNoLongerUsed } from '../shared/config/common-settings.ts';
import { didYouMean } from '../shared/config/did-you-mean.ts';
import { settingNames } from '../shared/config/read-config.ts';
import { factsOf } from '../shared/config/settings.ts';
import { UsageError } from '../shared/errors.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { isRecord, type JsonValue } from '../shared/json.ts';
import { settingsOf } from './options.ts';

/**
 * Refuses unknown keys. A mistyped key would leave its setting at the default, and the run would end well.
 *
 * @param set the values of `--set`: `key=value`
 * @throws UsageError naming every key that none of the jobs knows
 */
export const checkSetKeys = (jobs: readonly AnyJob[], set: readonly string[] = []): void =>
  checkKeys(jobs, settingsOf(set), '--set');

/** As `checkSetKeys`, for settings that another option gave. @param option its name, for the message */
export function checkKeys(jobs: readonly AnyJob[], settings: Readonly<Record<string, string>>, option: string): void {
  const unknown = Object.entries(settings).flatMap(([key, value]) => unknownIn(jobs, key, value));
  if (unknown.length === 0) return;
  const names = jobs.map((job) => job.name).join(', ');
  const one = jobs.length === 1;
  const cure = one ? `\`offline config ${names}\` lists them` : '`offline config <job>` lists those of a job';
  const which = unknown.join('; ');
  throw new UsageError(`${option}: ${which}${which.endsWith('?') ? '' : '.'} Settings of ${names}: ${cure}`);
}

/** Returns the settings that a job has. Settings of old configurations, which no job uses any more, go to every job. */
export function settingsKnownTo(job: AnyJob, settings: Readonly<Record<string, JsonValue>>): Record<string, JsonValue> {
  const known = settingNames(job.settings.shape);
  return Object.fromEntries(Object.entries(settings).filter(([key]) => known.has(key) || isNoLongerUsed(key)));
}

function unknownIn(jobs: readonly AnyJob[], key: string, value: string): string[] {
  const schemas = jobs.map((job) => job.settings.shape);
  const known = schemas.map(settingNames);
  if (isNoLongerUsed(key)) return [];
  if (!known.some((names) => names.has(key))) {
    return [
      withHint(
        `${JSON.stringify(key)} is no setting`,
        key,
        known.flatMap((names) => [...names.keys()]),
      ),
    ];
  }
  return schemas.flatMap((shape, at) => {
    const name = known[at]?.get(key);
    const fields = name === undefined ? undefined : factsOf(shape[name]!).fields;
    return fields === undefined ? [] : unknownFields(key, value, Object.keys(fields));
  });
}

/** Returns the unknown fields of a list of records, given as JSON. Any other text is refused later, with the allowed values. */
function unknownFields(key: string, value: string, fields: readonly string[]): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  if (!Array.isArray(parsed)) return [];
  const given = new Set(parsed.filter(isRecord).flatMap((record) => Object.keys(record)));
  return [...given]
    .filter((field) => !fields.includes(field))
    .map((field) => withHint(`${JSON.stringify(field)} is no field of ${key}`, field, fields));
}

function withHint(text: string, word: string, known: readonly string[]): string {
  const meant = didYouMean(word, known);
  return meant === undefined ? text : `${text}; did you mean ${meant}?`;
}
