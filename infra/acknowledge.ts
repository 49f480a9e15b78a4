/** Exceptions from cdk-nag's rules, each with its reason and for the very finding. */
import { Stack, Validations } from 'aws-cdk-lib';
import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';

/** Why a role has resources with a `*`: what stands before it is fixed, or the action knows no resources at all. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^\*$/, 'X-Ray, log delivery and network interfaces know no resources; a test holds that only these have them all.'],
  [/:(execution|mapRun):/, 'Executions have no names yet; those of one machine are meant.'],
  [/:secret:/, 'A secret’s ARN ends in characters of its own; those below one prefix are meant.'],
  [/\/[^*]*\*$/, 'Objects have no names yet; those below one prefix are meant.'],
];

/** Acknowledges every wildcard of a role's statements. @throws Error for one that has no reason above */
export function acknowledgeWildcards(role: Role, statements: readonly PolicyStatement[]): void {
  const resources = new Set(
    statements.flatMap((statement) => statement.resources).map((one) => flat(Stack.of(role).resolve(one))),
  );
  for (const resource of resources) {
    if (!resource.includes('*')) continue;
    const reason = REASONS.find(([pattern]) => pattern.test(resource))?.[1];
    if (reason === undefined) throw new Error(`there is no reason for ${resource} in ${role.node.path}`);
    Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }
}

/** As cdk-nag spells a value that CloudFormation puts together: `<Bucket.Arn>/models/*`. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [call, argument] = Object.entries(value as Record<string, unknown>)[0] as [string, unknown];
  if (call === 'Fn::Join')
    return (argument as [string, unknown[]])[1].map(flat).join((argument as [string, unknown[]])[0]);
  return `<${call === 'Fn::GetAtt' ? (argument as string[]).join('.') : String(argument)}>`;
}
