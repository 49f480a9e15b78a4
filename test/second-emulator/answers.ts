/**
 * Answers of functions that are not there. They follow from what a state machine reads: for `$.plan.ref.key` the function whose
 * result is kept at `$.plan.ref` answers with an object that has `key`. Therefore no test has to know a machine's states.
 *
 *   $.loop.ref.done          a Choice compares it with true    answers of the loop's function: false, false, true
 *   $.plan.ref.key           a Map reads its list there        'word2vec/plan.ref'
 *   $.run.ref                a payload takes the whole         an object with what else is read below
 */

import { isStates, type State, type States } from '../../shared/job/state-machine.ts';
import { isRecord, type JsonValue } from '../../shared/json.ts';

/** Chooses the value of a field that a Choice compares. `domain` has the values that its rules name, and one other. */
export type Decide = (field: string, domain: readonly JsonValue[], visit: number) => JsonValue;

/** The name of a state → the function's answer at the first visit of an execution, at the second, and so on; the last stays. */
export type Answers = Readonly<Record<string, readonly JsonValue[]>>;

/** A field that something reads, as the names that lead to it from `$`. */
interface Read {
  readonly path: readonly string[];
  readonly value: (visit: number) => JsonValue;
}

/** The visits of a state in one execution for which answers differ. */
const VISITS = 4;
const PATH = /\$(?:\.[A-Za-z_][\w-]*|\['[^']+'\])+/g;

/** Returns the names of a path: `$.a['b c'].d` has a, b c and d. */
export const namesOf = (path: string): string[] =>
  [...path.matchAll(/\.([A-Za-z_][\w-]*)|\['([^']+)'\]/g)].map(([, plain, quoted]) => plain ?? quoted!);

/** Returns the states of one level, which share their data: also those inside of branches, and not those of a Map's items. */
function levelOf({ States }: States): [string, State][] {
  return Object.entries(States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...((state.Branches as States[] | undefined) ?? []).flatMap(levelOf),
  ]);
}

/** Returns all levels of a machine: its own, and one for the items of each Map. */
function levels(machine: States): [string, State][][] {
  const level = levelOf(machine);
  const inner = level.map(([, { ItemProcessor }]) => ItemProcessor).filter(isStates);
  return [level, ...inner.flatMap(levels)];
}

/** Returns the paths in a value's texts, except those in the context object (`$$.`). */
function pathsIn(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return value.startsWith('$$') ? [] : (value.match(PATH) ?? []);
  if (Array.isArray(value)) return value.flatMap(pathsIn);
  return isRecord(value) ? Object.values(value).flatMap(pathsIn) : [];
}

/** Returns every comparison of a rule: `{Variable, <operator>: value}`, also inside of And, Or and Not. */
function comparisonsOf(rule: JsonValue | undefined): { readonly [key: string]: JsonValue | undefined }[] {
  if (!isRecord(rule)) return [];
  const inner = [rule.And, rule.Or, rule.Not].flat() as (JsonValue | undefined)[];
  return [...(typeof rule.Variable === 'string' ? [rule] : []), ...inner.flatMap(comparisonsOf)];
}

/** Returns a value with which the comparison has the other result. */
const otherThan = (operator: string, value: JsonValue): JsonValue =>
  typeof value === 'boolean' ? !value : typeof value === 'number' ? value + (/Less/.test(operator) ? -1 : 1) : 'other';

function readsOf(level: readonly [string, State][], machine: string, decide: Decide): Read[] {
  const domains = new Map<string, JsonValue[]>();
  const reads: Read[] = [];
  for (const [, state] of level) {
    for (const comparison of ((state.Choices as JsonValue[] | undefined) ?? []).flatMap(comparisonsOf)) {
      const { Variable, Next: _, ...operators } = comparison;
      for (const [operator, value = null] of Object.entries(operators)) {
        const domain = domains.get(Variable as string) ?? [];
        domains.set(Variable as string, [...domain, value, otherThan(operator, value)]);
      }
    }
    const { Parameters, ItemSelector, ItemReader, SecondsPath, ErrorPath, CausePath } = state;
    for (const path of [Parameters, ItemSelector, ErrorPath, CausePath].flatMap(pathsIn))
      reads.push({ path: namesOf(path), value: () => ANY });
    for (const [bucket, key] of [pathsOfReader(ItemReader)].filter((pair) => pair !== undefined)) {
      reads.push(
        { path: namesOf(bucket), value: () => LISTS },
        { path: namesOf(key), value: () => listKey(machine, key) },
      );
    }
    for (const path of pathsIn(SecondsPath)) reads.push({ path: namesOf(path), value: () => 1 });
  }
  const compared = [...domains].map(([variable, domain]): Read => {
    const field = namesOf(variable).join('.');
    return { path: namesOf(variable), value: (visit) => decide(field, [...new Set(domain)], visit) };
  });
  // The first of several values counts: a Choice may compare what a Wait takes.
  return [...compared, ...reads];
}

/** The bucket of all lists. */
export const LISTS = 'lists';

/** Returns the paths of the bucket and of the key of a Map's list. */
function pathsOfReader(reader: JsonValue | undefined): readonly [string, string] | undefined {
  const parameters = isRecord(reader) ? reader.Parameters : undefined;
  if (!isRecord(parameters)) return undefined;
  return [String(parameters['Bucket.$']), String(parameters['Key.$'])];
}

/** The key of a list says which machine reads it, and at which place in its data. */
const listKey = (machine: string, path: string): string => `${machine}/${namesOf(path).slice(0, -1).join('.')}`;

/** Returns the keys of all lists that a machine's Maps read. */
export const listsOf = (machine: string, definition: States): string[] => [
  ...new Set(
    levels(definition).flatMap((level) =>
      level
        .map(([, { ItemReader }]) => pathsOfReader(ItemReader))
        .filter((pair) => pair !== undefined)
        .map(([, key]) => listKey(machine, key)),
    ),
  ),
];

/** Returns where a Task keeps its function's answer, and which part of it: pairs of places in `$` and in the answer. */
function keptBy(state: State): { readonly at: readonly string[]; readonly of: readonly string[] }[] {
  if (state.ResultPath === null) return [];
  const at = namesOf((state.ResultPath as string | undefined) ?? '$');
  const selector = state.ResultSelector;
  if (!isRecord(selector)) return [{ at: [...at, 'Payload'], of: [] }];
  return Object.entries(selector).flatMap(([key, value]) =>
    pathsIn(value).map((path) => ({ at: [...at, key.replace(/\.\$$/, '')], of: namesOf(path).slice(1) })),
  );
}

const startsWith = (path: readonly string[], start: readonly string[]): boolean =>
  start.every((name, at) => path[at] === name);

/** Stands for a value that no state looks into. */
const ANY = 'x';

/** Returns the value that has all of the fields. */
function combined(fields: readonly { readonly path: readonly string[]; readonly value: JsonValue }[]): JsonValue {
  const inner = fields.filter(({ path }) => path.length > 0);
  if (inner.length === 0) return fields.find(({ value }) => value !== ANY)?.value ?? ANY;
  const byName = Map.groupBy(inner, ({ path }) => path[0]!);
  return Object.fromEntries(
    [...byName].map(([name, below]) => [
      name,
      combined(below.map(({ path, value }) => ({ path: path.slice(1), value }))),
    ]),
  );
}

/**
 * @param machine the machine's name
 * @param wanted what callers read of the execution's output, as paths
 * @param decide chooses what Choices compare
 */
export function answersOf(machine: string, definition: States, wanted: readonly string[], decide: Decide): Answers {
  const answers: Record<string, JsonValue[]> = {};
  const outside = wanted.map((path): Read => ({ path: namesOf(path), value: () => ANY }));
  for (const [index, level] of levels(definition).entries()) {
    const reads = [...readsOf(level, machine, decide), ...(index === 0 ? outside : [])];
    for (const [name, state] of level) {
      if (!callsFunction(state)) continue;
      answers[name] = Array.from({ length: VISITS }, (_, visit) =>
        combined(
          keptBy(state).flatMap(({ at, of }) => [
            { path: of, value: ANY },
            ...reads
              .filter(({ path }) => startsWith(path, at))
              .map(({ path, value }) => ({ path: [...of, ...path.slice(at.length)], value: value(visit) })),
          ]),
        ),
      );
    }
  }
  return answers;
}

const callsFunction = ({ Resource }: State): boolean => Resource === 'arn:aws:states:::lambda:invoke';

/** Returns what a machine's own states read of the outputs of the machines that they start: machine → paths. */
export function outputsRead(definition: States): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [, state] of levels(definition).flat()) {
    const [, child] = /\$\{machine:([^}]+)\}/.exec(JSON.stringify(state.Parameters ?? null)) ?? [];
    if (child === undefined) continue;
    const read = pathsIn(state.ResultSelector).filter((path) => path.startsWith('$.Output.'));
    found.set(child, [...(found.get(child) ?? []), ...read.map((path) => path.replace('$.Output', '$'))]);
  }
  return found;
}
