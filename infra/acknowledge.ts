/** Exceptions from cdk-nag's rules. Each names one finding and its reason. */
import { Stack, Validations } from 'aws-cdk-lib';
import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';

/** The reasons for a resource with a `*`: the part before it is fixed, or AWS defines the action on no resource. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^\*$/,
    'X-Ray, log delivery and network interfaces know no resources; a test holds that only these statements have the resource *.',
  ],
  [/:(execution|mapRun):/, 'Executions have no names yet; the pattern covers those of one machine.'],
  [/:secret:/, 'A secret’s ARN ends in random characters; the pattern covers the secrets below one prefix.'],
  [/\/[^*]*\*$/, 'Objects have no names yet; the pattern covers those below one prefix.'],
];

/** Acknowledges every wildcard of a role's statements. @throws Error for a wildcard that has no reason in `REASONS` */
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

/** Spells a value that CloudFormation puts together as cdk-nag does: `<Bucket.Arn>/models/*`. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [call, argument] = Object.entries(value as Record<string, unknown>)[0] as [string, unknown];
  if (call === 'Fn::Join')
    return (argument as [string, unknown[]])[1].map(flat).join((argument as [string, unknown[]])[0]);
  return `<${call === 'Fn::GetAtt' ? (argument as string[]).join('.') : String(argument)}>`;
}
