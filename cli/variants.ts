/**
 * The option `--variant NAME:key=value[,key=value]…`: settings of one job that are compared with the client's.
 *
 * A value may hold commas in brackets, braces and quotes, such as `actionWeightings=[{"actionType":1,"valuePerAction":1}]`.
 */
import { isNoLongerUsed } from '../shared/config/common-settings.ts';
import { settingNames } from '../shared/config/read-config.ts';
import { factsOf } from '../shared/config/settings.ts';
import { UsageError } from '../shared/errors.ts';
import type { Variant } from '../shared/evaluation/trainings.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { ACTIONS } from '../shared/store/keys.ts';
import { settingsOf } from './options.ts';
import { checkKeys } from './set-keys.ts';

/** The longest name. Three intervals and a name as long as this fit into a line of 80 characters. */
const LONGEST_NAME = 20;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const FORM = 'NAME:key=value[,key=value]…, such as wide:rank=64,alpha=10';

/**
 * Returns the variants, each with its job.
 *
 * @param texts the values of the option
 * @param jobs the jobs of which a variant may be
 * @param taken the names of other scorers
 * @throws UsageError for a text of another form, a name that is taken, and keys that are not those of one of the jobs
 */
export function variantsOf(texts: readonly string[], jobs: readonly AnyJob[], taken: readonly string[]): Variant[] {
  const names = new Set(taken);
  return texts.map((text) => {
    const { name, settings } = parseVariant(text);
    const option = `--variant ${name}`;
    if (names.has(name)) {
      const why = taken.includes(name) ? 'there is a scorer of this name' : 'two variants have this name';
      throw new UsageError(`${option}: ${why}. Give the variant another one`);
    }
    names.add(name);
    const job = jobOf(settings, jobs, option);
    return { name, job: job.name, settings };
  });
}

function parseVariant(text: string): { name: string; settings: Record<string, string> } {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  if (colon < 1 || !NAME.test(name)) {
    // A text without a colon may be a password, so it is not shown.
    throw new UsageError(`--variant needs ${FORM}. A name has letters, digits, ".", "_" and "-"`);
  }
  if (name.length > LONGEST_NAME) {
    throw new UsageError(`--variant ${name}: a name has at most ${LONGEST_NAME} characters`);
  }
  const pairs = splitOutside(text.slice(colon + 1)).filter((pair) => pair.trim() !== '');
  if (pairs.length === 0 || pairs.some((pair) => pair.indexOf('=') < 1)) {
    throw new UsageError(`--variant ${name}: after the colon, key=value is needed: ${FORM}`);
  }
  const settings = settingsOf(pairs);
  if (Object.keys(settings).length === pairs.length) return { name, settings };
  throw new UsageError(`--variant ${name}: a key is given twice. Give each key once`);
}

/** Cuts a text at its commas, but not at those in brackets, braces or quotes. */
function splitOutside(text: string): string[] {
  const parts = [''];
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"' && text[at - 1] !== '\\') isQuoted = !isQuoted;
    else if (!isQuoted && '[{'.includes(character)) depth++;
    else if (!isQuoted && ']}'.includes(character)) depth--;
    if (character === ',' && depth <= 0 && !isQuoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** Returns the one job that knows all keys. @throws UsageError naming the keys and the jobs */
function jobOf(settings: Readonly<Record<string, string>>, jobs: readonly AnyJob[], option: string): AnyJob {
  checkKeys(jobs, settings, option);
  const keys = Object.keys(settings);
  const knowing = (key: string): AnyJob[] => jobs.filter((job) => settingNames(job.settings.shape).has(key));
  const namesOf = (some: readonly AnyJob[]): string => some.map(({ name }) => name).join(', ');
  const [job, ...others] = jobs.filter((one) => keys.every((key) => knowing(key).includes(one)));
  if (job === undefined) {
    const which = keys.map((key) => `${key} is one of ${namesOf(knowing(key))}`).join('; ');
    throw new UsageError(`${option}: no job has all of these settings: ${which}. Give each job a variant of its own`);
  }
  if (others.length > 0) {
    throw new UsageError(
      `${option}: ${keys.join(', ')}: of which job? ${namesOf([job, ...others])} have these settings. ` +
        `Name one with --jobs, or add a setting that only one of them has`,
    );
  }
  for (const key of keys) checkCompares(job, key, option);
  return job;
}

/** @throws UsageError for a setting that changes no model, or that the evaluation itself decides */
function checkCompares(job: AnyJob, key: string, option: string): void {
  const name = settingNames(job.settings.shape).get(key);
  const facts = name === undefined || isNoLongerUsed(key) ? undefined : factsOf(job.settings.shape[name]!);
  if (facts === undefined || facts.secret || !facts.decidesBytes) {
    throw new UsageError(`${option}: ${key} changes no model, so there is nothing to compare. Leave it out`);
  }
  if (name === 'startDay') {
    throw new UsageError(
      `${option}: all models are trained up to the same day. Leave ${key} out, and give --start-day`,
    );
  }
  if (name === 'days' && !job.inputs.folders.includes(ACTIONS)) {
    throw new UsageError(
      `${option}: ${job.name} reads what another job wrote, of --days days in one folder. Leave ${key} out`,
    );
  }
}
