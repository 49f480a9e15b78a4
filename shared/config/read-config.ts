/**
 * Reads and checks a configuration once, so no other code parses, checks or fills in defaults. Overrides count more than the
 * client's node, and the node counts more than the defaults.
 *
 * All problems are collected before an error is thrown. Each one names the source of the value, its key, the value (`***` for
 * a secret) and the allowed values. An unknown key is reported and never fatal, because configurations are older than this
 * project.
 */
import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { isRecord } from '../json.ts';
import { isNoLongerUsed } from './common-settings.ts';
import { didYouMean } from './did-you-mean.ts';
import { findJsonError } from './json-error.ts';
import { masked } from './masked.ts';
import { findRepeatedKeys } from './repeated-keys.ts';
import { factsOf } from './settings.ts';

export interface ConfigSources<S extends z.ZodObject> {
  readonly schema: S;
  readonly jobName: string;
  /** The client's node, or a file in its place. `text` is undefined when it does not exist. */
  readonly node?: { readonly path: string; readonly text: string | undefined };
  /** Values that count in place of the schema's defaults. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Values from the command line or the execution's input. A string may spell a value, and `undefined` counts as missing. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** The name of the overrides' source in messages: `the command line` by default. */
  readonly overridesFrom?: string;
}

export interface CheckedConfig<S extends z.ZodObject> {
  /** Undefined when there are problems. */
  readonly settings: z.output<S> | undefined;
  /** One sentence for each problem, with the source, the key, the value and the allowed values. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** The keys that are no settings, in the order found. Their values are left out, because a mistyped key may hold a secret. */
  readonly unknownKeys: readonly string[];
}

export interface Configuration<S extends z.ZodObject> {
  readonly settings: z.output<S>;
  readonly warnings: readonly string[];
  readonly unknownKeys: readonly string[];
}

/** Reads a configuration. @throws ConfigError with every problem */
export function readConfig<S extends z.ZodObject>(sources: ConfigSources<S>): Configuration<S> {
  const { settings, problems, warnings, unknownKeys } = checkConfig(sources);
  if (settings !== undefined) return { settings, warnings, unknownKeys };
  const [first, ...more] = problems;
  const list = more.length === 0 ? ` ${first}` : problems.map((problem) => `\n  ${problem}`).join('');
  throw new ConfigError(`Configuration of ${sources.jobName}:${list}`);
}

/** Reads a configuration without throwing, for `offline validate`. */
export function checkConfig<S extends z.ZodObject>(sources: ConfigSources<S>): CheckedConfig<S> {
  const { schema, node, defaults = {}, overrides = {}, overridesFrom = 'the command line' } = sources;
  const findings: Findings = { problems: [], warnings: [], unknownKeys: [] };
  const values = new Map<string, unknown>();

  collect(schema, defaults, 'other jobs', values, findings);
  if (node !== undefined && node.text === undefined) {
    findings.warnings.push(`there is no configuration at ${node.path}: the defaults count`);
  } else if (node?.text !== undefined) {
    const parsed = parseNode(node.path, node.text, findings);
    if (parsed !== undefined) reportRepeated(node.path, node.text, findings);
    if (parsed !== undefined) collect(schema, parsed, node.path, values, findings);
  }
  collect(schema, overrides, overridesFrom, values, findings);

  for (const [name, field] of Object.entries(schema.shape)) {
    if (factsOf(field).required && !values.has(name)) {
      findings.problems.push(`${name} must be given: ${factsOf(field).allowed} (${factsOf(field).meaning})`);
    }
  }
  if (findings.problems.length > 0) return { settings: undefined, ...findings };
  const whole = schema.safeParse(Object.fromEntries(values));
  if (whole.success) return { settings: whole.data, ...findings };
  // Every single setting is correct, so the issues are about the job's rules between several settings.
  findings.problems.push(...whole.error.issues.map((issue) => issue.message));
  return { settings: undefined, ...findings };
}

interface Findings {
  readonly problems: string[];
  readonly warnings: string[];
  readonly unknownKeys: string[];
}

function parseNode(path: string, text: string, findings: Findings): Record<string, unknown> | undefined {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text; // some editors put a byte order mark first
  let value: unknown;
  try {
    value = JSON.parse(json); // for a repeated key, the last value counts
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const found = findJsonError(json);
    const where = found === undefined ? '' : `, line ${found.line}, column ${found.column}: ${found.reason}`;
    findings.problems.push(`${path} does not hold valid JSON${where}`);
    return undefined;
  }
  if (isRecord(value)) return value;
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  findings.problems.push(`${path} must hold a JSON object such as {"days": 7}, it holds ${kind}`);
  return undefined;
}

/** Checks the values of one source. The correct ones replace those of earlier sources. */
function collect(
  schema: z.ZodObject,
  given: Readonly<Record<string, unknown>>,
  source: string,
  values: Map<string, unknown>,
  findings: Findings,
): void {
  const named = settingNames(schema.shape);
  const ignored: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    const name = named.get(key);
    if (value === undefined) continue;
    if (name === undefined) {
      if (isNoLongerUsed(key)) ignored.push(key);
      else reportUnknown(key, named.keys(), source, findings);
      continue;
    }
    if (name !== key && Object.hasOwn(given, name)) {
      findings.warnings.push(`${source} gives both ${name} and ${key}: ${name} counts`);
      continue;
    }
    const problem = problemWith(schema.shape[name]!, name, value, source);
    if (problem !== undefined) findings.problems.push(problem);
    else values.set(name, value);
    reportUnknownFields(schema.shape[name]!, name, value, source, findings);
  }
  if (ignored.length > 0) findings.warnings.push(`${ignored.join(', ')} in ${source}: no longer used, ignored`);
}

/**
 * Returns a map from every spelling of a setting to its name. It is a `Map`, because a key may be a name like `constructor`.
 */
export function settingNames(shape: z.ZodRawShape): Map<string, string> {
  const named = new Map<string, string>();
  for (const [name, field] of Object.entries(shape)) {
    for (const alias of factsOf(field).aliases) named.set(alias, name);
  }
  for (const name of Object.keys(shape)) named.set(name, name);
  return named;
}

function reportUnknown(key: string, known: Iterable<string>, source: string, findings: Findings): void {
  const meant = didYouMean(key, known);
  findings.unknownKeys.push(key);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  findings.warnings.push(`${shown(key)} in ${source} is no setting of this job and has no effect${hint}`);
}

/** Warns of keys that occur more than once, because a reader may see only the first one. */
function reportRepeated(source: string, text: string, findings: Findings): void {
  for (const { key, lines } of findRepeatedKeys(text)) {
    findings.warnings.push(
      `${source} gives ${shown(key)} more than once (${linesInWords(lines)}): the last one counts. Remove the others`,
    );
  }
}

const linesInWords = (lines: readonly number[]): string => {
  const different = [...new Set(lines)];
  return different.length === 1 ? `line ${different[0]}` : `lines ${different.join(', ')}`;
};

function reportUnknownFields(field: z.core.$ZodType, name: string, value: unknown, source: string, findings: Findings) {
  const { fields } = factsOf(field);
  if (fields === undefined || !Array.isArray(value)) return;
  const unknown = new Set(value.filter(isRecord).flatMap((entry) => Object.keys(entry)));
  for (const key of unknown) {
    if (!Object.hasOwn(fields, key)) reportUnknown(key, Object.keys(fields), `${name} (${source})`, findings);
  }
}

/** Says what is wrong with a value that code gives a setting; undefined for a value that is allowed, and for null (left out). */
export function settingProblem(schema: z.ZodObject, name: string, value: unknown): string | undefined {
  const field = schema.shape[name];
  if (field === undefined) return `${name} is no setting of this job`;
  if (value === null)
    return factsOf(field).default === undefined ? undefined : `${name} has a default and cannot be left out`;
  return problemWith(field, name, value, 'the code');
}

function problemWith(field: z.core.$ZodType, name: string, value: unknown, source: string): string | undefined {
  const parsed = z.safeParse(field, value);
  if (parsed.success) return undefined;
  // The check of a formatted text names the problem itself, and shows no secret.
  const [issue] = parsed.error.issues;
  if (issue?.code === 'custom') return `${issue.message} (in ${source})`;
  const { allowed, secret } = factsOf(field);
  const path = issue?.path ?? [];
  const at = path.length === 0 ? '' : ` (wrong at ${[name, ...path].join('.')})`;
  return `${name} is ${secret ? '***' : shown(value)} in ${source}${at}; allowed: ${allowed}`;
}

const LONGEST_SHOWN = 80;

/** Returns a value as JSON. An address in a wrong place is shown without its password. */
function shown(value: unknown): string {
  const json = masked(JSON.stringify(value) ?? String(value));
  return json.length <= LONGEST_SHOWN ? json : `${json.slice(0, LONGEST_SHOWN)}…`;
}
