/**
 * cfn-lint, AWS's checker of templates, reads every template of every environment. It knows the schema of each resource, which
 * LocalStack does not check, and the structure of state machines (rule E3601).
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { atMost } from '../../shared/at-most.ts';
import { runTool, toolsPython } from '../helpers/python-tools.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { ENVIRONMENTS, OWN, type Synthesized, synthesized } from '../unit/infra/synthesized-stack.ts';

/** One run takes a core for twenty seconds. */
const AT_ONCE = 2;
const TIMEOUT_MS = 480_000;

const findingsSchema = z.array(
  z.object({
    Level: z.string(),
    Message: z.string(),
    Rule: z.object({ Id: z.string() }),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullable() }),
  }),
);
type Findings = z.output<typeof findingsSchema>;

/** cfn-lint's exit status has a bit for each level of findings; 1 alone means that it could not do its work. */
const COULD_NOT_WORK = 1;

/** Checks templates and returns all findings. Ignores `.cfnlintrc.yaml`, because the templates' folder has none. */
async function lint(templates: readonly string[], folder: string): Promise<Findings> {
  const main = 'import sys; from cfnlint.runner import main; sys.exit(main())';
  const { status, stdout, stderr } = await runTool(['-c', main, '--format', 'json', '-t', ...templates], folder);
  if (status === null || status === COULD_NOT_WORK) throw new Error(`cfn-lint on ${templates}: ${stderr}${stdout}`);
  return findingsSchema.parse(JSON.parse(stdout));
}

const inWords = ({ Rule, Message, Location }: Findings[number]): string =>
  `${Rule.Id} ${Location.Path?.join('/') ?? ''}: ${Message}`;

/** Returns the rules that `.cfnlintrc.yaml` ignores, with the reasons. */
function excuses(): ReadonlyMap<string, string> {
  const text = readFileSync(new URL('../../.cfnlintrc.yaml', import.meta.url), 'utf8');
  const lines = text.slice(text.indexOf('ignore_checks:')).split('\n').slice(1);
  return new Map(
    lines
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [, rule, reason] = /^ {2}- ([EWI]\d{4}) # (\S.{20,})$/.exec(line) ?? [];
        if (rule === undefined) throw new Error(`.cfnlintrc.yaml: '${line}' is not a rule followed by a reason`);
        return [rule, reason!] as const;
      }),
  );
}

const stacks = new Map<string, Synthesized>();
const found = new Map<string, Findings>();

beforeAll(async () => {
  await toolsPython();
  const all: Record<string, object> = { ...ENVIRONMENTS, own: OWN };
  for (const [name, settings] of Object.entries(all)) stacks.set(name, synthesized(name, settings));
  await atMost(AT_ONCE, [...stacks], async ([name, { folder, sizes }]) => {
    const files = globSync('*.template.json', { cwd: folder });
    expect(files).toHaveLength(sizes.length);
    found.set(name, await lint(files, folder));
  });
}, TIMEOUT_MS);

test.each([...Object.keys(ENVIRONMENTS), 'own'])('The templates of %s have no finding without an excuse', (name) => {
  const findings = found.get(name) ?? expect.fail(`the environment ${name} has no template`);
  const open = findings.filter(({ Rule }) => !excuses().has(Rule.Id));
  expect(open.map(inWords), 'mend these, or name the rule with a reason in .cfnlintrc.yaml').toEqual([]);
});

test('Every excuse in .cfnlintrc.yaml is needed', () => {
  const needed = new Set([...found.values()].flat().map(({ Rule }) => Rule.Id));
  expect([...excuses().keys()].filter((rule) => !needed.has(rule))).toEqual([]);
});

test('Mistakes in a template and in a state machine that is written in it are found', async () => {
  const { ofType } = stacks.get('dev')!;
  const [name, machine] = ofType('AWS::StepFunctions::StateMachine')[0]!;
  const [log] = ofType('AWS::Logs::LogGroup')[0]!;
  const folder = temporaryFolder();
  const { DefinitionString, DefinitionSubstitutions, StateMachineName } = machine.Properties;
  const misspelt = DefinitionString.replace('"TimeoutSeconds"', '"TimeoutSecnds"');
  expect(misspelt).not.toBe(DefinitionString);
  const properties = {
    StateMachineName,
    RoleArn: 'arn:aws:iam::123456789012:role/test',
    DefinitionString: misspelt,
    DefinitionSubstitutions: Object.fromEntries(Object.keys(DefinitionSubstitutions).map((key) => [key, 'x'])),
  };
  const resources = {
    [name]: { Type: machine.Type, Properties: properties },
    [log]: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 8 } },
  };
  writeFileSync(join(folder, 'wrong.json'), JSON.stringify({ Resources: resources }));
  const rules = (await lint(['wrong.json'], folder)).map(({ Rule }) => Rule.Id);
  expect(rules).toContain('E3601');
  expect(rules).toContain('E3030');
});
