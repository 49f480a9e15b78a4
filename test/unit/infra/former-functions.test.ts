import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Component } from '../../../infra/component.ts';
import { componentsOf } from '../../../infra/components.ts';
import { readEnvironment } from '../../../infra/environment.ts';
import { DEPLOYED_FUNCTIONS, deployedName, formerFunctions } from '../../../infra/former-functions.ts';
import { listOf, type Resource, type Synthesized, statementsOf, synthesized } from './synthesized-stack.ts';

const LIST = 'infra/deployed-functions.json';
const components = componentsOf(readEnvironment({ dev: {} }, 'dev'));

describe('the list of deployed functions', () => {
  const current = components.flatMap(({ name, functions }) => functions.map((spec) => deployedName(name, spec.name)));

  test('The list has every function of this build, so that the next build knows which ones it has lost', () => {
    const missing = current.filter((name) => !DEPLOYED_FUNCTIONS.includes(name));
    if (missing.length > 0 && !process.env.CI) {
      const all = [...new Set([...DEPLOYED_FUNCTIONS, ...current])].sort();
      writeFileSync(LIST, `${JSON.stringify(all, null, 2)}\n`);
      process.stderr.write(`${LIST} was written again with ${missing.join(', ')}: commit it\n`);
      return;
    }
    expect(missing, `run 'npm test -- test/unit/infra/former-functions.test.ts', which adds them to ${LIST}`).toEqual(
      [],
    );
  });

  test('The list is sorted, and has no function of a component that is gone, because its machine is gone too', () => {
    const listed: string[] = JSON.parse(readFileSync(LIST, 'utf8'));
    expect(listed).toEqual([...new Set(listed)].sort());
    const names = new Set(components.map(({ name }) => name));
    expect(
      listed.filter((one) => !names.has(one.split('/')[0]!)),
      `remove these from ${LIST}`,
    ).toEqual([]);
  });

  test('A function that the build no longer has is a former one of its component', () => {
    const listed = ['a/configure', 'a/polish', 'ab/grind', 'b/polish'];
    expect(formerFunctions('a', [{ name: 'configure' }], listed)).toEqual(['polish']);
    expect(formerFunctions('b', [{ name: 'polish' }], listed)).toEqual([]);
    expect(formerFunctions('c', [], listed)).toEqual([]);
  });
});

describe('a function that a build no longer has', () => {
  const JOB = 'matrix-factorization';
  const NAME = `offline-dev-${JOB}-solve`;
  let before: Synthesized;
  let after: Synthesized;

  /** Renames the step `solve` of one job. */
  function renamed(component: Component): Component {
    if (component.name !== JOB) return component;
    const functions = component.functions.map((spec) => (spec.name === 'solve' ? { ...spec, name: 'crunch' } : spec));
    const machine = JSON.parse(JSON.stringify(component.machine).replaceAll('${solve}', '${crunch}'));
    const listed = component.functions.map((spec) => deployedName(JOB, spec.name));
    return { ...component, functions, machine, formerFunctions: formerFunctions(JOB, functions, listed) };
  }

  beforeAll(() => {
    before = synthesized('dev');
    after = synthesized('dev', undefined, undefined, undefined, renamed);
  });

  const functionNamed = ({ ofType }: Synthesized): [string, Resource] =>
    ofType('AWS::Lambda::Function').find(([, { Properties }]) => Properties.FunctionName === NAME)!;
  const roleOf = (stack: Synthesized, { Properties }: Resource): Resource => {
    const arn = Properties.Role ?? Properties.RoleArn;
    return stack.resources[arn['Fn::GetAtt'][0]]!;
  };

  test('It stays the same resource with the same name, so that an execution which began before finds it', () => {
    const [id, was] = functionNamed(before);
    const [now, stays] = functionNamed(after);
    expect(now).toBe(id);
    expect(stays.Properties.Handler).toBe(was.Properties.Handler);
    expect(after.ofType('AWS::Lambda::Function')).toHaveLength(before.ofType('AWS::Lambda::Function').length + 1);
  });

  test('The role of the machine, which an execution keeps, still allows the call', () => {
    const [id] = functionNamed(after);
    const [, machine] = after
      .ofType('AWS::StepFunctions::StateMachine')
      .find(([, { Properties }]) => Properties.StateMachineName === `offline-dev-${JOB}`)!;
    const allowed = statementsOf(roleOf(after, machine)).filter(({ Action }) =>
      listOf(Action).includes('lambda:InvokeFunction'),
    );
    expect(JSON.stringify(allowed)).toContain(`{"Fn::GetAtt":["${id}","Arn"]}`);
    expect(machine.Properties.DefinitionString).not.toContain('solve}');
  });

  test('It may do nothing but write its log, and raises no alarm', () => {
    const [, stays] = functionNamed(after);
    const actions = statementsOf(roleOf(after, stays)).flatMap(({ Action }) => listOf(Action));
    expect(actions.filter((action) => !/^(logs|xray):/.test(action))).toEqual([]);
    const isWatched = ({ ofType }: Synthesized) =>
      JSON.stringify(ofType('AWS::CloudWatch::Alarm')).includes(`:function:${NAME}"`);
    expect([isWatched(before), isWatched(after)]).toEqual([true, false]);
  });
});
