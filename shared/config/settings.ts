/**
 * The builders by which a job declares its settings. A declaration holds type, default, range and meaning. The reader of
 * configurations (`read-config.ts`), the tables in the docs and the command line's help use it.
 *
 * ```ts
 * const settings = z.object({
 *   ...commonSettings,
 *   rank: integer({ default: 30, min: 1, max: 256, meaning: 'number of latent factors' }),
 *   sample: number({ default: 1, min: 0, max: 1, meaning: 'share of the actions kept' }),
 * });
 * ```
 *
 * The original's guide spells booleans as strings, so strings that spell a number or a boolean are accepted everywhere:
 * `"0.5"`, `" 30 "`, `"false"`. A job gets the default when a configuration leaves the setting out. A setting without a default
 * is optional or `required`.
 */
import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { DAY_FORMS, LAST_DAY, parseDay } from '../model/day.ts';
import { flagSpelled, listSpelled, numberSpelled } from './spelled-values.ts';

/** The facts about a setting that its schema does not hold. */
export interface SettingFacts {
  /** `integer`, `number`, `boolean`, `text`, `list`, `day`. */
  readonly type: string;
  /** Undefined for a setting without a default: it is optional or required. */
  readonly default: unknown;
  readonly required: boolean;
  /** The allowed values in the words of an error: `an integer from 1 to 256`. */
  readonly allowed: string;
  /** The allowed values in the words of a table: `1 to 256`. */
  readonly range: string;
  readonly meaning: string;
  /** Other spellings of the key that old configurations use. */
  readonly aliases: readonly string[];
  /** False if every value gives the same output bytes. Such a setting is left out of the run's identity and manifest. */
  readonly decidesBytes: boolean;
  /**
   * True for a setting that a released job got later. Its default is left out of the run's identity and manifest, so that runs
   * without the setting keep the identity that they had before.
   */
  readonly addedLater: boolean;
  /** True for a value that is shown as `***` everywhere. */
  readonly secret: boolean;
  /** True for the location of a file or folder that may lie outside of the environment's roots. */
  readonly place: boolean;
  /** The fields of a list of records. */
  readonly fields: Readonly<z.ZodRawShape> | undefined;
}

// zod's own registry would not do: it changes the types of schemas inside its metadata, such as the fields of a list of records.
const facts = new WeakMap<z.core.$ZodType, SettingFacts>();

/**
 * Returns the facts about a setting.
 * @throws TypeError for a schema of another origin, which is a mistake in a job's declaration
 */
export function factsOf(schema: z.core.$ZodType): SettingFacts {
  const known = facts.get(schema);
  if (known === undefined) throw new TypeError('A setting must be declared by a builder of shared/config/settings.ts');
  return known;
}

export interface SettingOptions<T> {
  readonly meaning: string;
  readonly default?: T;
  readonly required?: true;
  readonly aliases?: readonly string[];
  readonly decidesBytes?: boolean;
  readonly addedLater?: true;
  readonly secret?: boolean;
  readonly place?: boolean;
}

/** The schema of a setting. It is optional in the settings' type only without a default and without `required`. */
export type Setting<T, O> = O extends { readonly default: T } | { readonly required: true }
  ? z.ZodType<T>
  : z.ZodOptional<z.ZodType<T>>;

interface Kind {
  readonly type: string;
  readonly allowed: string;
  readonly range: string;
  readonly fields?: Readonly<z.ZodRawShape>;
}

/** @throws TypeError for a default outside of the range, which is a mistake in a job's declaration */
function declare<T, O extends SettingOptions<T>>(schema: z.ZodType<T>, kind: Kind, options: O): Setting<T, O> {
  if (options.default !== undefined && !schema.safeParse(options.default).success) {
    throw new TypeError(
      `the setting '${options.meaning}' has the default ${JSON.stringify(options.default)}, and it must be ${kind.allowed}`,
    );
  }
  const whole =
    options.default !== undefined
      ? schema.default(() => structuredClone(options.default) as z.core.util.NoUndefined<T>)
      : options.required === true
        ? schema
        : schema.optional();
  facts.set(whole, {
    ...kind,
    fields: kind.fields,
    default: options.default,
    required: options.required === true && options.default === undefined,
    meaning: options.meaning,
    aliases: options.aliases ?? [],
    decidesBytes: options.decidesBytes ?? true,
    addedLater: options.addedLater ?? false,
    secret: options.secret ?? false,
    place: options.place ?? false,
  });
  // biome-ignore lint/plugin: Setting says what the three branches above do, and the compiler cannot follow a conditional type through them.
  return whole as unknown as Setting<T, O>;
}

interface Bounds {
  /** Inclusive. */
  readonly min?: number;
  /** Inclusive. */
  readonly max?: number;
  /** Exclusive lower bound. */
  readonly above?: number;
}

function rangeText({ min, max, above }: Bounds): string {
  if (above !== undefined) return max === undefined ? `above ${above}` : `above ${above}, up to ${max}`;
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `at least ${min}`;
  return max === undefined ? 'any' : `at most ${max}`;
}

const allowedText = (noun: string, bounds: Bounds): string => {
  const range = rangeText(bounds);
  if (range === 'any') return noun;
  return bounds.min !== undefined && bounds.max !== undefined ? `${noun} from ${range}` : `${noun} ${range}`;
};

function within(schema: z.ZodNumber, { min, max, above }: Bounds): z.ZodNumber {
  let bounded = schema;
  if (min !== undefined) bounded = bounded.gte(min);
  if (max !== undefined) bounded = bounded.lte(max);
  if (above !== undefined) bounded = bounded.gt(above);
  return bounded;
}

/** Declares an integer within ±(2^53 − 1). `1.5` is refused and not rounded. */
export function integer<const O extends SettingOptions<number> & Bounds>(options: O): Setting<number, O> {
  const schema = z.preprocess(numberSpelled, within(z.int(), options));
  return declare(
    schema,
    { type: 'integer', allowed: allowedText('an integer', options), range: rangeText(options) },
    options,
  );
}

/** Declares a day, as a number or in one of the forms of `parseDay`. The number 20111209 is a date too. */
export function day<const O extends SettingOptions<number>>(options: O): Setting<number, O> {
  const spelled = (value: unknown): unknown =>
    typeof value === 'string' || typeof value === 'number' ? (parseDay(String(value).trim()) ?? value) : value;
  const schema = z.preprocess(spelled, z.int().gte(0).lte(LAST_DAY));
  return declare(schema, { type: 'day', allowed: `a day: ${DAY_FORMS}`, range: '1970-01-01 to 9999-12-31' }, options);
}

/** Declares a finite double. */
export function number<const O extends SettingOptions<number> & Bounds>(options: O): Setting<number, O> {
  const schema = z.preprocess(numberSpelled, within(z.number(), options));
  return declare(
    schema,
    { type: 'number', allowed: allowedText('a number', options), range: rangeText(options) },
    options,
  );
}

/** Declares a boolean. */
export function flag<const O extends SettingOptions<boolean>>(options: O): Setting<boolean, O> {
  const schema = z.preprocess(flagSpelled, z.boolean());
  return declare(schema, { type: 'boolean', allowed: 'true or false', range: 'true, false' }, options);
}

/** A format of a text. */
export interface TextFormat {
  /** The format in messages: `secret:<name>`. */
  readonly allowed: string;
  /** @throws ConfigError that names the setting and the problem of the text */
  readonly check: (text: string) => void;
}

/** Declares a text that is empty or passes the check of its format. */
export function formatted<const O extends SettingOptions<string>>(
  { allowed, check }: TextFormat,
  options: O,
): Setting<string, O> {
  const schema = z.string().superRefine((value, context) => {
    try {
      if (value !== '') check(value);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });
  return declare(schema, { type: 'text', allowed, range: allowed }, options);
}

/** Declares a text, which is kept as it is written. It may be empty only with `mayBeEmpty`. */
export function text<const O extends SettingOptions<string> & { readonly mayBeEmpty?: true }>(
  options: O,
): Setting<string, O> {
  return options.mayBeEmpty
    ? declare(z.string(), { type: 'text', allowed: 'a text', range: 'any' }, options)
    : declare(z.string().min(1), { type: 'text', allowed: 'a text, not empty', range: 'not empty' }, options);
}

/** Declares a choice between a few words. */
export function choice<const W extends string, const O extends SettingOptions<NoInfer<W>>>(
  words: readonly W[],
  options: O,
): Setting<W, O> {
  const schema = z.preprocess((value) => (typeof value === 'string' ? value.trim() : value), z.enum(words));
  const range = words.join(', ');
  return declare(schema as z.ZodType<W>, { type: 'text', allowed: `one of ${range}`, range }, options);
}

/** Declares a list of a few words: `["a", "b"]`, `"a, b"` or `"a"`. The empty text is the empty list. */
export function choices<const W extends string, const O extends SettingOptions<readonly NoInfer<W>[]>>(
  words: readonly W[],
  options: O,
): Setting<readonly W[], O> {
  const entries = (value: unknown): unknown => {
    const spelled = listSpelled(value);
    if (typeof spelled !== 'string') return spelled;
    return spelled.trim() === '' ? [] : spelled.split(',').map((word) => word.trim());
  };
  const schema = z.preprocess(entries, z.array(z.enum(words)).readonly());
  const range = words.join(', ');
  return declare(
    schema as z.ZodType<readonly W[]>,
    { type: 'list', allowed: `one or several of ${range}, separated by commas`, range },
    options,
  );
}

/**
 * Declares a list of integers: `[1, 2]`, `"1, 2"` or the number `1`. The empty text is the empty list. With `separatedByBlanks`
 * also `"1 2"`.
 */
export function integerList<
  const O extends SettingOptions<readonly number[]> & Bounds & { readonly separatedByBlanks?: true },
>(options: O): Setting<readonly number[], O> {
  const separator = options.separatedByBlanks ? /\s*,\s*|\s+/ : ',';
  const entries = (value: unknown): unknown => {
    const spelled = listSpelled(value);
    if (typeof spelled === 'number') return [spelled];
    if (typeof spelled !== 'string') return spelled;
    return spelled.trim() === '' ? [] : spelled.trim().split(separator);
  };
  const schema = z.preprocess(entries, z.array(z.preprocess(numberSpelled, within(z.int(), options))).readonly());
  const range = rangeText(options) === 'any' ? 'any integers' : `each ${rangeText(options)}`;
  return declare(
    schema,
    {
      type: 'list',
      allowed: `integers separated by commas${options.separatedByBlanks ? ' or blanks' : ''}, or a list of integers`,
      range,
    },
    options,
  );
}

/** Declares a list of JSON objects whose fields are settings. On the command line the list is JSON text. */
export function records<
  const F extends z.ZodRawShape,
  const O extends SettingOptions<readonly z.output<z.ZodObject<F>>[]>,
>(fields: F, options: O): Setting<readonly z.output<z.ZodObject<F>>[], O> {
  const schema = z.preprocess(listSpelled, z.array(z.object(fields)).readonly());
  const described = Object.entries(fields).map(([key, field]) => `${key}: ${factsOf(field).allowed}`);
  return declare(
    schema as z.ZodType<readonly z.output<z.ZodObject<F>>[]>,
    { type: 'list', allowed: `a list of {${described.join(', ')}}`, range: `{${described.join(', ')}}`, fields },
    options,
  );
}
