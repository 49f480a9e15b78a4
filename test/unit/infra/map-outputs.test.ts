/**
 * Tests what the items of Distributed Maps return. Step Functions collects these outputs even when the Map discards them, and
 * ends the execution when they have more than 262,144 bytes together.
 */
import { describe, expect, test } from 'vitest';
import { componentsOf } from '../../../infra/components.ts';
import { readEnvironment } from '../../../infra/environment.ts';
import { isDistributed, partsOf } from '../../../infra/machine-states.ts';
import type { State, States } from '../../../shared/job/state-machine.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { namedStates } from '../../helpers/states.ts';

const components = componentsOf(readEnvironment({ dev: {} }, 'dev'));

/** Returns the processors of all Distributed Maps of a machine, also of Maps within others. */
const processorsOf = (machine: States): [map: string, processor: States][] =>
  namedStates(machine)
    .filter(([, state]) => isDistributed(state))
    .map(([name, state]) => [name, partsOf(state)[0]!]);

const endsOf = (processor: States): [name: string, state: State][] =>
  Object.entries(processor.States).filter(([, { Type, End }]) => End === true || Type === 'Succeed');

/**
 * Returns the output of a state that ends an item, as Amazon States Language defines it.
 * @param result the answer of the state's call, if it makes one
 */
function outputOf(state: State, input: JsonValue, result: JsonValue): JsonValue {
  if (state.OutputPath !== undefined) throw new Error('this test does not know OutputPath');
  if (state.Type === 'Succeed') return input;
  const selected = state.Type === 'Pass' ? (state.Result ?? input) : (state.ResultSelector ?? result);
  if (JSON.stringify(selected).includes('.$":')) return [selected, input, result];
  if (state.ResultPath === null) return input;
  return state.ResultPath === undefined || state.ResultPath === '$' ? selected : [input, selected];
}

const INPUTS: JsonValue[] = [{}, { client: 'c'.repeat(255), wave1: { outcome: 'done' } }];
const RESULTS: JsonValue[] = [null, { Payload: 'p'.repeat(1000) }];
const outputsOf = (state: State): JsonValue[] =>
  INPUTS.flatMap((input) => RESULTS.map((result) => outputOf(state, input, result)));

describe.each(components)('the Distributed Maps of $name', ({ machine, distributes }) => {
  test('Every end of an item has an empty output, whatever its input and the answer of its call', () => {
    const processors = processorsOf(machine);
    expect(processors.length > 0).toBe(distributes);
    for (const [map, processor] of processors) {
      const ends = endsOf(processor);
      expect(ends.length, map).toBeGreaterThan(0);
      for (const [name, state] of ends) expect(outputsOf(state), `${map}: ${name}`).toEqual([{}, {}, {}, {}]);
    }
  });
});

test('The ends of a client’s day are its report, and the days without a record or without a report', () => {
  const daily = components.find(({ name }) => name === 'daily')!;
  const ends = processorsOf(daily.machine).flatMap(([, processor]) => endsOf(processor).map(([name]) => name));
  expect(ends).toEqual([
    'Report folded',
    'Folded without a report',
    'Not folded',
    'Report',
    'Unreported',
    'Unrecorded',
  ]);
});

test.each<[what: string, state: State]>([
  ['a Succeed state', { Type: 'Succeed' }],
  ['a discarded result', { Type: 'Task', ResultPath: null, End: true }],
  ['a result beside the input', { Type: 'Task', ResultSelector: {}, ResultPath: '$.a', End: true }],
  ['a result that is passed on', { Type: 'Task', End: true }],
  ['a selected part of the result', { Type: 'Task', ResultSelector: { 'a.$': '$.Payload' }, End: true }],
  ['a Pass state without a result', { Type: 'Pass', End: true }],
])('An output that depends on data is noticed: %s', (_what, state) => {
  expect(new Set(outputsOf(state).map((output) => JSON.stringify(output))).size).toBeGreaterThan(1);
});
