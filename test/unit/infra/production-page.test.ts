/** docs/production.md: each alarm has its section, and the policies allow what the stack needs. */
import { beforeAll, describe, expect, test } from 'vitest';
import * as errors from '../../../shared/errors.ts';
import { type Block, blocksOf, textOf } from '../../helpers/documents.ts';
import {
  ENVIRONMENTS,
  listOf,
  OWN,
  type Statement,
  type Synthesized,
  statementsOf,
  synthesized,
} from './synthesized-stack.ts';

const PAGE = 'docs/production.md';
const text = textOf(PAGE);
const stacks: Synthesized[] = [];

beforeAll(() => {
  for (const [name, settings] of Object.entries({ ...ENVIRONMENTS, own: OWN }))
    stacks.push(synthesized(name, settings));
});

describe('alarms', () => {
  /** Section → the lines below its heading. */
  const sections = new Map(
    text
      .split(/^## /m)
      .find((chapter) => chapter.startsWith('Alarms\n'))!
      .split(/^### /m)
      .slice(1)
      .map((section) => {
        const [heading, ...lines] = section.split('\n');
        return [heading!.replaceAll('`', ''), lines] as const;
      }),
  );

  /** Returns the names of the sections that an alarm may have: its own, or one for the alarms of every job. */
  function namesOf(alarm: string, { components, stack }: Synthesized): string[] {
    const own = alarm.slice(`${stack.stackName}-`.length).replace(/-\d+$/, '');
    const job = components.find(({ name }) => own.startsWith(`${name}-`));
    return [own, ...(job === undefined ? [] : [`<job>${own.slice(job.name.length)}`])];
  }
  const alarms = (): string[][] =>
    stacks.flatMap((one) =>
      one.ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => namesOf(Properties.AlarmName, one)),
    );

  test('Every alarm has its section', () => {
    expect(alarms().filter((names) => !names.some((name) => sections.has(name)))).toEqual([]);
    expect(alarms().length).toBeGreaterThan(100);
  });

  test('Every section has its alarm', () => {
    const known = new Set(alarms().map((names) => names.find((name) => sections.has(name))));
    expect([...sections.keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  test('A section begins with commands, unless it leads to another one', () => {
    const others = [...sections].filter(
      ([, lines]) => !/^\n(<!-- not run: .* -->\n```sh\n|Do as for `)/.test(lines.join('\n')),
    );
    expect(others.map(([name]) => name)).toEqual([]);
  });
});

test('The names of errors on the page exist', () => {
  const named = [...text.matchAll(/`(\w+Error)`/g)].map(([, name]) => name!);
  expect(named.filter((name) => !Object.hasOwn(errors, name))).toEqual([]);
  expect(named.length).toBeGreaterThan(8);
});

interface Policy {
  readonly Statement: readonly Statement[];
}
const isPolicy = ({ language, text: json }: Block): boolean => language === 'json' && json.includes('"Statement"');
const policies = (): Policy[] =>
  blocksOf(PAGE)
    .filter(isPolicy)
    .map((block) => JSON.parse(block.text) as Policy);
const actionsOf = ({ Statement }: Policy): string[] => Statement.flatMap(({ Action }) => listOf(Action));
/** Returns the only policy of the page that has an action. */
function policyWith(action: string): Policy {
  const [policy, ...others] = policies().filter((one) => actionsOf(one).includes(action));
  if (policy === undefined || others.length > 0) throw new Error(`${1 + others.length} policies have ${action}`);
  return policy;
}

describe('policies', () => {
  test('The boundary has each action of each role, and no other', () => {
    const used = stacks.flatMap(({ ofType }) =>
      ofType('AWS::IAM::Role').flatMap(([, role]) => statementsOf(role).flatMap(({ Action }) => listOf(Action))),
    );
    expect(actionsOf(policyWith('xray:PutTraceSegments')).toSorted()).toEqual([...new Set(used)].toSorted());
  });

  test('Every role bears the boundary that cdk.json names', () => {
    const [json] = blocksOf(PAGE).filter(({ text: block }) => block.includes('core:permissionsBoundary'));
    const { ofType } = synthesized('dev', {}, JSON.parse(json!.text) as Record<string, unknown>);
    const roles = ofType('AWS::IAM::Role').map(([, { Properties }]) => JSON.stringify(Properties.PermissionsBoundary));
    expect(new Set(roles).size).toBe(1);
    expect(roles[0]).toContain(':policy/offline-boundary');
  });

  test('The policy of a deployment has the services of all resources', () => {
    const types = [...new Set(stacks.flatMap(({ resources }) => Object.values(resources).map(({ Type }) => Type)))];
    const deployment = policyWith('iam:CreateRole');
    const services = new Set(actionsOf(deployment).map((action) => action.split(':')[0]));
    // The page's text names the actions on EC2, which only an environment in a VPC needs.
    const missing = types
      .map((type) => ({ type, service: type.split('::')[1]!.toLowerCase() }))
      .map(({ type, service }) => ({ type, service: SERVICES[service] ?? service }))
      .filter(({ service }) => service !== 'ec2' && !services.has(service));
    expect(missing).toEqual([]);
  });

  test('The policy of people has each action of the commands with --env, and no other on Lambda and Step Functions', () => {
    const code = ['cli/remote/aws.ts', 'shared/job/step-functions.ts'].map(textOf).join('\n');
    const names = [...code.matchAll(/\bnew (\w+)Command\(|\bpaginate(\w+)\(/g)].map(([, one, page]) => one ?? page!);
    const service = (name: string) => (/Function|Invoke/.test(name) ? 'lambda' : 'states');
    const needed = names.map((name) => `${service(name)}:${name === 'Invoke' ? 'InvokeFunction' : name}`);
    const people = policyWith('states:DescribeMapRun');
    const allowed = actionsOf(people).filter((action) => !action.startsWith('s3:'));
    expect(allowed.toSorted()).toEqual([...new Set(needed)].toSorted());
    // AWS defines this action on no resource.
    const everywhere = people.Statement.filter(({ Resource }) => Resource === '*');
    expect(everywhere.flatMap(({ Action }) => listOf(Action))).toEqual(['states:ListStateMachines']);
  });
});

/** A service's name in resource types → in actions, where the two differ. */
const SERVICES: Readonly<Record<string, string>> = { stepfunctions: 'states' };

test('The numbers of the quotas follow from cdk.json', () => {
  const numbers = stacks
    .filter(({ environment }) => Object.hasOwn(ENVIRONMENTS, environment.name))
    .map(({ environment }) => environment);
  const row = (title: string, cells: readonly string[]) => `| ${[title, ...cells].join(' | ')} |`;
  expect(text).toContain(
    row(
      'at the same time, at most',
      numbers.map(({ name }) => name),
    ),
  );
  expect(text).toContain(
    row(
      'Lambda: `maxClients` × `maxConcurrency` × jobs',
      numbers.map(({ maxClients, maxConcurrency }) => `${maxClients * maxConcurrency} × jobs`),
    ),
  );
  expect(text).toContain(
    row(
      'Lambda: `maxFolded`',
      numbers.map(({ maxFolded }) => String(maxFolded)),
    ),
  );
  expect(text).toContain(
    row(
      'Map runs: 2 + `maxClients` × jobs',
      numbers.map(({ maxClients }) => `2 + ${maxClients} × jobs`),
    ),
  );
});
