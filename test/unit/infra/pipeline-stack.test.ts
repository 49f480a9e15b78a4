/** Tests the template of each environment, because the emulator acts on few of these settings. */
import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import { handlersOfMachine } from '../../../shared/job/state-machine.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import {
  BUILD,
  ENVIRONMENTS,
  FLAGS,
  listOf,
  OWN,
  type Resource,
  type Statement,
  type Synthesized,
  statementsOf,
  synthesized,
  VPC,
} from './synthesized-stack.ts';

const CASES: Record<string, { readonly [setting: string]: unknown }> = { ...ENVIRONMENTS, own: OWN };
const stacks = new Map<string, Synthesized>();

beforeAll(() => {
  for (const [name, settings] of Object.entries(CASES)) stacks.set(name, synthesized(name, settings));
});

const allStatements = ({ ofType }: Synthesized): Statement[] =>
  ofType('AWS::IAM::Role').flatMap(([, role]) => statementsOf(role));

describe.each(Object.keys(CASES))('environment %s', (name) => {
  const at = () => stacks.get(name)!;

  test("The stack passes cdk-nag's AWS Solutions, except for rules that the code acknowledges with a reason", () => {
    const report = new AwsSolutionsChecks().validateScope(at().stack);
    expect(
      report.violations.map(
        ({ ruleName, violatingResources }) =>
          `${ruleName} ${violatingResources.map((one) => one.resourceLogicalId ?? one.constructPath)}`,
      ),
    ).toEqual([]);
  });

  test('The stack has no custom resource, because the emulator silently ignores these', () => {
    const types = Object.values(at().resources).map(({ Type }) => Type);
    expect(types.filter((type) => /Custom/.test(type))).toEqual([]);
  });

  test('Every physical name contains the name of the environment', () => {
    const names = physicalNames(at());
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((one) => !one.includes(`offline-${name}-`))).toEqual([]);
  });

  test('No action is a wildcard, and only actions without resources are allowed on all resources', () => {
    const knowsNoResource =
      /^(xray:|ec2:(Create|Describe|Delete)NetworkInterfaces?$|ec2:DescribeSubnets$|ec2:(Una|A)ssignPrivateIpAddresses$|logs:(.*LogDeliver.*|.*ResourcePolic.*|DescribeLogGroups)$)/;
    for (const { Action, Resource } of allStatements(at())) {
      for (const action of listOf(Action)) {
        expect(action).not.toContain('*');
        if (listOf(Resource).includes('*')) expect(action).toMatch(knowsNoResource);
      }
    }
    expect(at().ofType('AWS::IAM::ManagedPolicy')).toEqual([]);
    for (const [, role] of at().ofType('AWS::IAM::Role')) expect(role.Properties.ManagedPolicyArns).toBeUndefined();
  });

  test('Every handler has one function on arm64 and Node 24, with JSON logs, traces and the declared size', () => {
    const declared = at().components.flatMap(({ name: component, functions }) =>
      functions.map((spec) => [
        `offline-${name}-${component}-${spec.name}`,
        `index.${spec.name}`,
        spec.memoryMb,
        spec.timeoutSeconds,
      ]),
    );
    const functions = at()
      .ofType('AWS::Lambda::Function')
      .map(([, { Properties }]) => Properties);
    expect(functions.map((f) => [f.FunctionName, f.Handler, f.MemorySize, f.Timeout]).sort()).toEqual(
      [...declared].sort(),
    );
    for (const made of functions) {
      expect(made).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        TracingConfig: { Mode: 'Active' },
      });
      expect(made.LoggingConfig).toMatchObject({ LogFormat: 'JSON', LogGroup: { Ref: expect.any(String) } });
      expect(made.MemorySize).toBeLessThanOrEqual(3008);
    }
  });

  test('Every function has a role of its own', () => {
    const roles = at()
      .ofType('AWS::Lambda::Function')
      .map(([, { Properties }]) => Properties.Role['Fn::GetAtt'][0]);
    expect(new Set(roles).size).toBe(roles.length);
  });

  test('Every log is kept for the requested number of days', () => {
    const days = CASES[name]?.logRetentionDays ?? 30;
    const groups = at().ofType('AWS::Logs::LogGroup');
    // There is one group for each function and each machine.
    expect(groups.length).toBe(at().components.reduce((sum, { functions }) => sum + functions.length + 1, 0));
    for (const [, group] of groups) expect(group.Properties.RetentionInDays).toBe(days);
  });

  test('Every component has a machine with logs, traces and an inline definition', () => {
    const machines = at().ofType('AWS::StepFunctions::StateMachine');
    expect(machines.map(([, { Properties }]) => Properties.StateMachineName).sort()).toEqual(
      at()
        .components.map((component) => `offline-${name}-${component.name}`)
        .sort(),
    );
    for (const [, { Properties }] of machines) {
      expect(Properties.TracingConfiguration).toEqual({ Enabled: true });
      expect(Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
      expect(typeof Properties.DefinitionString).toBe('string');
    }
  });

  test('The machines of the jobs and of the day name the build that they are deployed with', () => {
    const machines = at().ofType('AWS::StepFunctions::StateMachine');
    const named = machines.filter(([, { Properties }]) =>
      Object.values(Properties.DefinitionSubstitutions).includes(BUILD),
    );
    expect(named.map(([, { Properties }]) => Properties.StateMachineName).sort()).toEqual(
      at()
        .components.filter((component) => component.name !== 'arrival')
        .map((component) => `offline-${name}-${component.name}`)
        .sort(),
    );
    expect(at().template.toJSON().Outputs.Build.Value).toBe(BUILD);
  });

  test('Alarms for missing, failed and slow runs, throttles and dead letters are sent to a topic', () => {
    const alarms = at()
      .ofType('AWS::CloudWatch::Alarm')
      .map(([, { Properties }]) => Properties);
    const names = new Set(alarms.map((alarm) => alarm.AlarmName));
    const perComponent = at().components.flatMap(({ name: component }) => [
      `${component}-failed`,
      `${component}-throttled`,
    ]);
    const others = ['no-run', 'slow-run', 'models-kept', 'models-stale', 'arrival-delayed', 'dead-letters'];
    for (const kind of [...others, ...perComponent]) expect(names).toContain(`offline-${name}-${kind}`);
    expect(at().ofType('AWS::SNS::Topic')).toHaveLength(1);
    for (const alarm of alarms) {
      // AWS allows 1,024 characters.
      expect(alarm.AlarmDescription.length, alarm.AlarmName).toBeLessThan(500);
      const isHeartbeat = alarm.AlarmName.endsWith('no-run');
      expect(alarm.TreatMissingData, alarm.AlarmName).toBe(isHeartbeat ? 'breaching' : 'notBreaching');
      // The topic, or the parameter by which a nested stack refers to it.
      expect(alarm.AlarmActions, alarm.AlarmName).toEqual([{ Ref: expect.stringMatching(/WatchAlarms[0-9A-F]{8}/) }]);
    }
    at().template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sns:Publish',
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
          }),
        ]),
      }),
    });
    at().template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });

  test('The alarms on days and jobs stand on metrics that functions emit, also without custom metrics', () => {
    const alarmNamed = (kind: string) =>
      at()
        .ofType('AWS::CloudWatch::Alarm')
        .find(([, { Properties }]) => Properties.AlarmName === `offline-${name}-${kind}`)![1].Properties;
    const dimensions = [{ Name: 'environment', Value: name }];
    for (const [kind, metric] of [
      ['no-run', 'ClientDaysDone'],
      ['slow-run', 'OldestRunMinutes'],
      ['models-kept', 'ModelsKept'],
      ['models-stale', 'ModelsStale'],
    ] as const) {
      expect(alarmNamed(kind)).toMatchObject({
        Namespace: 'OfflineModels',
        MetricName: metric,
        Dimensions: dimensions,
      });
    }
    for (const { name: job, isJob } of at().components) {
      const emitted = alarmNamed(`${job}-failed`).Metrics.flatMap(
        (one: { MetricStat?: { Metric: { Namespace: string } } }) =>
          one.MetricStat?.Metric.Namespace === 'OfflineModels' ? [one.MetricStat.Metric] : [],
      );
      const wanted = {
        Namespace: 'OfflineModels',
        MetricName: 'JobsFailed',
        Dimensions: [...dimensions, { Name: 'job', Value: job }],
      };
      expect(emitted, job).toEqual(isJob ? [wanted] : []);
    }
    // No day fails by a failed evaluation, so no sweep starts it again.
    expect(alarmNamed('evaluate-failed').AlarmDescription).toContain('--job evaluate --client CLIENT');
    expect(alarmNamed('evaluate-failed').AlarmDescription).not.toContain('sweep');
    const [first] = at().ofType('AWS::Logs::MetricFilter');
    expect(first).toBeUndefined();
  });

  test('An alarm tells when the oldest message of either queue has waited for 15 minutes', () => {
    const [, { Properties }] = at()
      .ofType('AWS::CloudWatch::Alarm')
      .find(([, one]) => one.Properties.AlarmName === `offline-${name}-arrival-delayed`)!;
    expect(Properties.Threshold).toBe(900);
    const metrics = Properties.Metrics.flatMap(
      (one: { MetricStat?: { Metric: { MetricName: string; Dimensions: object[] } } }) => one.MetricStat?.Metric ?? [],
    );
    expect(metrics.map((one: { MetricName: string }) => one.MetricName)).toEqual(
      Array(2).fill('ApproximateAgeOfOldestMessage'),
    );
  });

  test('The outputs say what to do next', () => {
    const outputs = at().template.toJSON().Outputs as Record<string, { Description: string; Value: unknown }>;
    expect(JSON.stringify(outputs.Next1DropADay?.Value)).toContain('aws s3 cp --recursive ./day s3://');
    for (const place of ['LogRoot', 'OutputRoot', 'ConfigRoot']) expect(outputs[place]?.Description).toBeTruthy();
    // Under the quiet rule there is no marker.
    const isMarked = CASES[name]?.arrival !== 'quiet';
    expect('Next2MarkItWhole' in outputs).toBe(isMarked);
  });
});

test("cdk.json has the CDK's feature flags of a new project", () => {
  const recommended = new URL('../../../node_modules/aws-cdk-lib/recommended-feature-flags.json', import.meta.url);
  expect(FLAGS).toEqual(JSON.parse(readFileSync(recommended, 'utf8')));
});

describe('buckets', () => {
  test.each([
    ['dev', 'Delete'],
    ['prod', 'Retain'],
  ])('The buckets of %s are encrypted, private, send events, and have the deletion policy %s', (name, policy) => {
    const buckets = stacks.get(name)!.ofType('AWS::S3::Bucket');
    expect(buckets).toHaveLength(2);
    for (const [, bucket] of buckets) {
      expect(bucket.DeletionPolicy).toBe(policy);
      expect(bucket.Properties).toMatchObject({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
      expect(bucket.Properties.LifecycleConfiguration.Rules).toContainEqual(
        expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }),
      );
    }
    const refusesPlain = { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    for (const [, rule] of stacks.get(name)!.ofType('AWS::S3::BucketPolicy')) {
      expect(rule.Properties.PolicyDocument.Statement).toContainEqual(expect.objectContaining(refusesPlain));
    }
  });

  test('Only files that runs leave behind expire', () => {
    const rules = stacks
      .get('dev')!
      .ofType('AWS::S3::Bucket')
      .flatMap(([, { Properties }]) => Properties.LifecycleConfiguration.Rules);
    const expiring = rules.filter((rule: object) => 'ExpirationInDays' in rule);
    expect(expiring).toEqual([
      expect.objectContaining({
        Prefix: 'models/.work/',
        ExpirationInDays: 3,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      }),
    ]);
  });

  test('Existing buckets are left unchanged, and the outputs say how to send their events', () => {
    const own = stacks.get('own')!;
    expect(own.ofType('AWS::S3::Bucket')).toEqual([]);
    expect(own.template.toJSON().Outputs.Next0SendEvents.Value).toContain('--bucket existing-logs');
  });
});

describe('arrival', () => {
  const { template, ofType } = synthesized('own', OWN);
  const functionOf = (name: string) => {
    const [id] = ofType('AWS::Lambda::Function').find(([, { Properties }]) => Properties.FunctionName === name)!;
    return { 'Fn::GetAtt': [id, 'Arn'] };
  };
  const queueNamed = (name: string) => {
    const [id, queue] = ofType('AWS::SQS::Queue').find(
      ([, { Properties }]) => Properties.QueueName === `offline-own-${name}`,
    )!;
    return { arn: { 'Fn::GetAtt': [id, 'Arn'] }, properties: queue.Properties };
  };
  const deadLetters = { Arn: queueNamed('dead-letters').arn };

  test('Markers and all objects below the log prefix go to queues, and undelivered events are kept', () => {
    for (const [key, queue] of [
      [{ wildcard: 'actions.*/_SUCCESS' }, 'arrival-markers'],
      [{ prefix: 'actions.' }, 'arrival-objects'],
    ] as const) {
      template.hasResourceProperties('AWS::Events::Rule', {
        EventPattern: {
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: { bucket: { name: ['existing-logs'] }, object: { key: [key] } },
        },
        Targets: [Match.objectLike({ Arn: queueNamed(queue).arn, DeadLetterConfig: deadLetters })],
      });
    }
  });

  test('The queues are encrypted, refuse plain connections, and give up a message after five receives', () => {
    const timeout = ofType('AWS::Lambda::Function').find(
      ([, { Properties }]) => Properties.FunctionName === 'offline-own-arrival-arrive',
    )![1].Properties.Timeout;
    for (const [name, window] of [
      ['arrival-markers', 0],
      ['arrival-objects', 60],
    ] as const) {
      expect(queueNamed(name).properties).toMatchObject({
        SqsManagedSseEnabled: true,
        VisibilityTimeout: 6 * timeout + window,
        RedrivePolicy: { deadLetterTargetArn: deadLetters.Arn, maxReceiveCount: 5 },
      });
      const policies = ofType('AWS::SQS::QueuePolicy').filter(
        ([, { Properties }]) =>
          JSON.stringify(Properties.Queues) === JSON.stringify([{ Ref: queueNamed(name).arn['Fn::GetAtt'][0] }]),
      );
      expect(JSON.stringify(policies)).toContain('"aws:SecureTransport":"false"');
    }
  });

  test('Markers reach the function at once and objects within a minute, in at most two calls of a queue at once', () => {
    const common = {
      FunctionName: { Ref: functionOf('offline-own-arrival-arrive')['Fn::GetAtt'][0] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    };
    const [markers, objects] = ['arrival-markers', 'arrival-objects'].map(
      (name) =>
        ofType('AWS::Lambda::EventSourceMapping').find(
          ([, { Properties }]) => JSON.stringify(Properties.EventSourceArn) === JSON.stringify(queueNamed(name).arn),
        )![1].Properties,
    );
    expect(markers).toMatchObject({ ...common, BatchSize: 10 });
    expect(markers.MaximumBatchingWindowInSeconds).toBeUndefined();
    expect(objects).toMatchObject({ ...common, BatchSize: 10_000, MaximumBatchingWindowInSeconds: 60 });
  });

  test('The sweep is called each hour, and its failed events are kept', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 hour)',
      Targets: [Match.objectLike({ Arn: functionOf('offline-own-arrival-sweep'), DeadLetterConfig: deadLetters })],
    });
    expect(ofType('AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => Properties.DestinationConfig)).toEqual([
      { OnFailure: { Destination: deadLetters.Arn } },
    ]);
  });

  test('Only the function for objects may read the queues, and only the sweep may put events into the dead letters', () => {
    const queueActions = (stack: Synthesized) =>
      stack.components.flatMap(({ name: component, functions }) =>
        functions.flatMap(({ name }) =>
          statementsOf(roleOf(stack, `${component}-${name}`))
            .filter(({ Action }) => listOf(Action).some((action) => action.startsWith('sqs:')))
            .map(({ Action, Resource }) => [`${component}-${name}`, listOf(Action), listOf(Resource)]),
        ),
      );
    expect(queueActions(stacks.get('own')!)).toEqual([
      [
        'arrival-arrive',
        ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        [queueNamed('arrival-markers').arn, queueNamed('arrival-objects').arn],
      ],
      ['arrival-sweep', ['sqs:SendMessage'], [deadLetters.Arn]],
    ]);
  });

  test('The sweep may list the runs of every machine that should end, and the summary knows when a model is stale', () => {
    const { components, ofType: typed } = stacks.get('own')!;
    const [listed, ...others] = components.flatMap(({ name: component, functions }) =>
      functions.flatMap(({ name }) =>
        statementsOf(roleOf(stacks.get('own')!, `${component}-${name}`))
          .filter(
            ({ Action, Resource }) =>
              listOf(Action).includes('states:ListExecutions') && JSON.stringify(Resource).includes('stateMachine'),
          )
          .map(({ Resource }) => ({
            name: `${component}-${name}`,
            machines: listOf(Resource).map((one) => JSON.stringify(one)),
          })),
      ),
    );
    expect(others).toEqual([]);
    expect(listed?.name).toBe('arrival-sweep');
    const watched = components.map(({ name }) => name).filter((name) => name !== 'arrival');
    expect(listed?.machines).toHaveLength(watched.length);
    for (const one of watched) expect(listed?.machines.join()).toContain(`stateMachine:offline-own-${one}"`);
    const variables = (name: string) =>
      typed('AWS::Lambda::Function').find(([, { Properties }]) => Properties.FunctionName === `offline-own-${name}`)![1]
        .Properties.Environment.Variables;
    expect(variables('arrival-sweep')).toMatchObject({ SLOW_MINUTES: '60' });
    expect(variables('daily-summary')).toMatchObject({ STALE_DAYS: '5' });
    expect(Number(variables('daily-models').RUNS_BESIDE_DAY)).toBeGreaterThanOrEqual(1);
  });

  test('Arrival knows its rule and may start its own machines and no others', () => {
    const [, arrive] = stacks
      .get('staging')!
      .ofType('AWS::Lambda::Function')
      .find(([, { Properties }]) => Properties.FunctionName.endsWith('arrival-arrive'))!;
    expect(arrive.Properties.Environment.Variables).toMatchObject({
      ARRIVAL_RULE: 'quiet',
      QUIET_MINUTES: '10',
      SWEEP_DAYS: '3',
    });
    const started = statementsOf(roleOf(stacks.get('staging')!, 'arrival-arrive')).find(
      ({ Action }) => Action === 'states:StartExecution',
    )!;
    const machines = [...JSON.stringify(started.Resource).matchAll(/stateMachine:([\w-]+)"/g)].map(([, name]) => name);
    expect(machines.toSorted()).toEqual(['offline-staging-arrival', 'offline-staging-daily']);
  });
});

test('Two environments of one account share no physical name', () => {
  const names = ['dev', 'staging', 'prod'].flatMap((name) => physicalNames(stacks.get(name)!));
  expect(new Set(names).size).toBe(names.length);
});

describe('objects that functions may access', () => {
  const objectsOf = (stack: Synthesized, handler: string, action: string): string[] =>
    statementsOf(roleOf(stack, handler))
      .filter((statement) => listOf(statement.Action).includes(action))
      .flatMap((statement) => listOf(statement.Resource as object[]).map((one) => JSON.stringify(one)));

  test.each([
    ['solve', 's3:GetObject', ['/models/*']],
    ['solve', 's3:PutObject', ['/models/.work/*']],
    ['solve', 's3:DeleteObject', ['/models/.work/*']],
    ['activate', 's3:DeleteObject', []],
    ['sweep', 's3:DeleteObject', ['/models/.work/*']],
    ['publish', 's3:PutObject', ['/models/*']],
    ['publish', 's3:GetObject', ['/models/*']],
    ['activate', 's3:PutObject', ['/config/*', '/models/*']],
    ['activate', 's3:GetObject', ['/config/*', '/models/*']],
    ['configure', 's3:GetObject', ['/models/*', '/config/*']],
  ])('The function %s has %s only on %j', (handler, action, places) => {
    const found = objectsOf(stacks.get('dev')!, `matrix-factorization-${handler}`, action);
    expect(found.length).toBe(places.length);
    for (const place of places) expect(found.filter((arn) => arn.includes(place))).toHaveLength(1);
  });

  test('Only jobs that read logs may read the raw logs', () => {
    expect(objectsOf(stacks.get('dev')!, 'group-actions-scan', 's3:GetObject').join()).toContain('/actions.*');
    for (const { name } of stacks.get('dev')!.components.find((one) => one.name === 'matrix-factorization')!
      .functions) {
      expect(objectsOf(stacks.get('dev')!, `matrix-factorization-${name}`, 's3:GetObject').join()).not.toContain(
        '/actions.*',
      );
    }
  });

  test('Only jobs whose settings name other places, or which open a database, may read outside the roots', () => {
    const reading = stacks
      .get('own')!
      .components.flatMap(({ name, functions }) => functions.map((spec) => `${name}-${spec.name}`))
      .filter((name) => objectsOf(stacks.get('own')!, name, 's3:GetObject').join().includes(':s3:::catalogues/shop/*'));
    expect(reading.sort()).toEqual([
      'cluster-by-dimension-configure',
      'daily-activate',
      'daily-configure',
      'daily-models',
      // It reads the names of items in the catalogue.
      'daily-report',
      'mostpopular-configure',
      'mostpopular-upload',
      'mostpopulardim-configure',
      // It reads the lists of allowed and of denied items.
      'recommendations-configure',
      'similar-items-configure',
      'similar-items-upload',
      'tagaffinity-configure',
    ]);
  });

  test('A place outside the roots can be read as a folder and as one object', () => {
    const found = objectsOf(stacks.get('own')!, 'tagaffinity-configure', 's3:GetObject');
    const keys = found.flatMap((arn) => /:s3:::catalogues\/([^"]*)"/.exec(arn)?.[1] ?? []);
    expect(keys.sort()).toEqual(['shop', 'shop/*']);
  });

  test.each([
    ['dev', ':secret:offline-dev/*'],
    ['own', ':secret:search/offline/*'],
  ])('Only functions that open a database may read secrets, and only those of environment %s', (name, secrets) => {
    const stack = stacks.get(name)!;
    const reading = stack.components
      .flatMap((component) => component.functions.map((spec) => `${component.name}-${spec.name}`))
      .flatMap((handler) =>
        objectsOf(stack, handler, 'secretsmanager:GetSecretValue').map((resource) => [handler, resource] as const),
      );
    expect(reading.map(([handler]) => handler).sort()).toEqual([
      'cluster-by-dimension-configure',
      'daily-activate',
      'daily-configure',
      'daily-models',
      'mostpopular-configure',
      'mostpopular-upload',
      'mostpopulardim-configure',
      'similar-items-configure',
      'similar-items-upload',
      'tagaffinity-configure',
    ]);
    for (const [, resource] of reading) expect(resource).toContain(secrets);
  });

  test.each([...Object.keys(CASES), 'whole'])('Lists need a prefix, and one of environment %s', (name) => {
    const stack = name === 'whole' ? synthesized(name, { configRoot: 's3://whole-bucket' }) : stacks.get(name)!;
    const lists = allStatements(stack).filter(({ Action }) => listOf(Action).includes('s3:ListBucket'));
    expect(lists.length).toBeGreaterThan(10);
    const wanted = /^((models|models\/\.work|config)\/\*|actions\.\*|shop\/\*|shop|\?\*)$/;
    for (const { Action, Condition, Resource } of lists) {
      // With `IfExists`, or with any other operator, a request without a prefix could be allowed.
      expect(Condition).toEqual({ StringLike: { 's3:prefix': expect.anything() } });
      expect(listOf(Action)).toEqual(['s3:ListBucket']);
      const patterns = listOf(
        (Condition as { StringLike: Record<string, string | string[]> }).StringLike['s3:prefix']!,
      );
      for (const pattern of patterns) {
        expect(pattern).toMatch(wanted);
        expect(isLike('', pattern), `an empty prefix and ${pattern}`).toBe(false);
        if (pattern === '?*') expect(JSON.stringify(Resource)).toContain(':s3:::whole-bucket"');
      }
    }
  });

  test('A place that is one object or a folder may be listed as either, so that S3 says when it is missing', () => {
    const prefixes = statementsOf(roleOf(stacks.get('own')!, 'tagaffinity-configure'))
      .filter(({ Action, Resource }) => Action === 's3:ListBucket' && JSON.stringify(Resource).includes('catalogues'))
      .map(({ Condition }) => (Condition as { StringLike: object }).StringLike);
    expect(prefixes).toEqual([{ 's3:prefix': ['shop/*', 'shop'] }]);
  });
});

/** True when IAM's `StringLike` takes `value` for `pattern`: `*` stands for any text, `?` for one character. */
function isLike(value: string, pattern: string): boolean {
  const parts = [...pattern].map((sign) => (sign === '*' ? '.*' : sign === '?' ? '.' : sign.replace(/\W/, '\\$&')));
  return new RegExp(`^${parts.join('')}$`, 's').test(value);
}

describe('functions in a VPC', () => {
  test('The functions that reach ZooKeeper or a database are in the VPC, which reaches S3 by a gateway endpoint', () => {
    const own = stacks.get('own')!;
    const inVpc = own
      .ofType('AWS::Lambda::Function')
      .filter(([, { Properties }]) => Properties.VpcConfig !== undefined);
    const reaching = JOBS.flatMap(({ name, scope, activates, afterPublish }) => [
      ...(scope === 'client' ? [`${name}-configure`] : []),
      ...(activates === undefined ? [] : [`${name}-activate`]),
      ...(afterPublish === undefined ? [] : [`${name}-${afterPublish.name}`]),
    ]);
    expect(reaching).toContain('matrix-factorization-activate');
    expect(inVpc.map(([, { Properties }]) => Properties.FunctionName).sort()).toEqual(
      ['daily-activate', 'daily-configure', 'daily-enabled', 'daily-models', 'daily-report', ...reaching]
        .map((name) => `offline-own-${name}`)
        .sort(),
    );
    for (const [, { Properties }] of inVpc) expect(Properties.VpcConfig.SubnetIds).toEqual(VPC.subnets);
    own.template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      RouteTableIds: VPC.routeTables,
    });
    own.template.resourceCountIs('AWS::EC2::NatGateway', 0);
  });

  test("Lambda may put a function into the VPC as AWS's managed policy allows, and the function's code may not", () => {
    const own = stacks.get('own')!;
    const actions = [
      'AssignPrivateIpAddresses',
      'CreateNetworkInterface',
      'DeleteNetworkInterface',
      'DescribeNetworkInterfaces',
      'DescribeSubnets',
      'UnassignPrivateIpAddresses',
    ].map((name) => `ec2:${name}`);
    for (const [, { Properties }] of own.ofType('AWS::Lambda::Function')) {
      const onNetwork = statementsOf(own.resources[Properties.Role['Fn::GetAtt'][0]]!).filter(({ Action }) =>
        listOf(Action).some((action) => action.startsWith('ec2:')),
      );
      const effects = Properties.VpcConfig === undefined ? [] : ['Allow', 'Deny'];
      expect(onNetwork.map(({ Effect }) => Effect)).toEqual(effects);
      // The allowing statement may hold further actions on all resources.
      for (const { Action } of onNetwork) expect(listOf(Action)).toEqual(expect.arrayContaining(actions));
      const [allowed, denied] = onNetwork;
      expect(allowed?.Condition).toBeUndefined();
      if (denied === undefined) continue;
      const condition = denied.Condition as { ArnEquals: Record<string, { 'Fn::Join': [string, unknown[]] }> };
      const arn = condition.ArnEquals['lambda:SourceFunctionArn']!['Fn::Join'][1];
      expect(arn.at(-1)).toBe(`:function:${Properties.FunctionName}`);
    }
  });

  test('Functions can leave the VPC only to S3, secrets, ZooKeeper, databases and name servers', () => {
    const own = stacks.get('own')!;
    const [group] = own
      .ofType('AWS::EC2::SecurityGroup')
      .filter(([id]) => JSON.stringify(own.ofType('AWS::Lambda::Function')).includes(id));
    const rules: { IpProtocol: string; FromPort: number; ToPort: number; CidrIp: string }[] =
      group![1].Properties.SecurityGroupEgress;
    expect(rules.map((rule) => [rule.IpProtocol, rule.FromPort, rule.ToPort, rule.CidrIp])).toEqual([
      ...[443, 2181, 3306, 3307].map((port) => ['tcp', port, port, '0.0.0.0/0']),
      ...['10.1.0.53/32', '10.2.0.0/28'].flatMap((range) =>
        ['udp', 'tcp'].map((protocol) => [protocol, 53, 53, range]),
      ),
    ]);
  });

  test('The VPC has an endpoint of Secrets Manager when requested, which only the functions may enter', () => {
    const own = stacks.get('own')!;
    own.template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: true,
      SubnetIds: VPC.subnets,
      ServiceName: 'com.amazonaws.eu-west-1.secretsmanager',
    });
    const [group] = own.ofType('AWS::Lambda::Function').flatMap(([, { Properties }]) => Properties.VpcConfig ?? []);
    own.template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [
        { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, SourceSecurityGroupId: group.SecurityGroupIds[0] },
      ],
    });
    const without = synthesized('own', { ...OWN, vpc: { ...VPC, secretsEndpoint: false } });
    expect(without.ofType('AWS::EC2::VPCEndpoint').map(([, { Properties }]) => Properties.VpcEndpointType)).toEqual([
      'Gateway',
    ]);
  });

  test('Only functions that open a database are in the VPC when the configuration is in S3', () => {
    const { configRoot: _, ...inS3 } = OWN;
    const inVpc = synthesized('own', inS3)
      .ofType('AWS::Lambda::Function')
      .filter(([, { Properties }]) => Properties.VpcConfig !== undefined)
      .map(([, { Properties }]) => Properties.FunctionName);
    expect(inVpc.sort()).toEqual(
      [
        'cluster-by-dimension-configure',
        'daily-activate',
        'daily-configure',
        'daily-models',
        'mostpopular-configure',
        'mostpopular-upload',
        'mostpopulardim-configure',
        'similar-items-configure',
        'similar-items-upload',
        'tagaffinity-configure',
      ].map((n) => `offline-own-${n}`),
    );
  });

  test('No VPC is needed when the configuration is in S3', () => {
    for (const name of ['dev', 'staging', 'prod'])
      stacks.get(name)!.template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });
});

test('Settings reach the resources that they describe', () => {
  const own = stacks.get('own')!;
  own.template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' });
  own.template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'offline-own-slow-run',
    Threshold: 60,
  });
  own.template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
    DefinitionString: Match.stringLikeRegexp('"MaxConcurrency":3,'),
  });
  expect(own.stack.tags.tagValues()).toEqual({ team: 'search' });
  own.template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({
        CONFIG_ROOT: OWN.configRoot,
        OUTPUT_ROOT: 's3://existing-models/models',
        POWERTOOLS_METRICS_DISABLED: 'true',
        LOG_PATTERN: 's3://existing-logs/actions.%y/%m%d/*/*',
      }),
    },
  });
});

test('The functions of a job without a node get the settings of the environment, and no other functions do', () => {
  const withSettings = stacks
    .get('own')!
    .ofType('AWS::Lambda::Function')
    .flatMap(([, { Properties }]) => {
      const { SETTINGS } = Properties.Environment.Variables;
      return SETTINGS === undefined ? [] : [[Properties.FunctionName, JSON.parse(SETTINGS)] as const];
    });
  expect(withSettings.length).toBeGreaterThan(3);
  for (const [name, settings] of withSettings) {
    expect(name).toMatch(/^offline-own-group-actions-/);
    expect(settings).toEqual({ maxRejectRatio: 0.02, maxOtherDays: 0.5, ids: 'given' });
  }
});

describe("CloudFormation's limits of a template", () => {
  /** Ten tags, as long as AWS allows. */
  const tags = Object.fromEntries(
    Array.from({ length: 10 }, (_, at) => [`${at}:`.padEnd(128, 'cost-center-'), 'x'.repeat(256)]),
  );
  /** Thirty jobs, each as large as the job with the most functions. */
  const [largest] = JOBS.toSorted((a, b) => handlersOfMachine(b).length - handlersOfMachine(a).length);
  const thirty = Array.from({ length: 30 }, (_, at): AnyJob => ({ ...largest!, name: `invented-job-${at}` }));

  test.each([
    ['prod', ENVIRONMENTS.prod!],
    ['vpc', { ...OWN, customMetrics: true }],
  ])(
    'Each template of environment %s with thirty jobs and ten long tags is below 1 MB and has at most 500 resources',
    (name, settings) => {
      const { sizes, stack, components } = synthesized(name, { ...settings, tags }, {}, thirty);
      expect(components.length).toBeGreaterThan(30);
      expect(stack.tags.tagValues()).toEqual(tags);
      expect(sizes.map((size) => size.stack)).toEqual([`offline-${name}`, ...thirty.map((job) => `${job.name}-stack`)]);
      for (const { stack, bytes, resources } of sizes) {
        expect(bytes, stack).toBeLessThan(1_000_000);
        expect(resources, stack).toBeLessThanOrEqual(500);
      }
    },
  );
});

test('The cost of monitoring in docs/deploy.md is right', () => {
  const dev = stacks.get('dev')!;
  const metrics = dev
    .ofType('AWS::CloudWatch::Alarm')
    .flatMap(([, { Properties }]) => Properties.Metrics?.filter((one: object) => 'MetricStat' in one) ?? [Properties]);
  const jobs = dev.components.filter(({ name }) => JOBS.some((job) => job.name === name));
  const functions = jobs.reduce((sum, job) => sum + job.functions.length, 0);
  const others = metrics.length - 4 * jobs.length - functions;
  const text = readFileSync(new URL('../../../docs/deploy.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
  expect(text).toContain(
    `${others} for the day and the environment, 4 for every job, and one for every function of a job`,
  );
});

test('A step that needs more memory than the environment allows fails synthesis', async () => {
  const { componentsOf } = await import('../../../infra/components.ts');
  const { readEnvironment } = await import('../../../infra/environment.ts');
  const job = JOBS.find((one) => one.name === 'matrix-factorization')!;
  const large = { ...job, steps: job.steps.map((step) => ({ ...step, memoryMb: 4096 })) };
  const environment = readEnvironment({ dev: {} }, 'dev');
  expect(() => componentsOf(environment, [large])).toThrow(
    'maxMemoryMb is 3008, but step rate of matrix-factorization asks for 4096: raise maxMemoryMb',
  );
});

describe('where an environment is deployed', () => {
  test('An environment that names its account and its region has a stack for them alone', () => {
    const { stack } = stacks.get('own')!;
    expect([stack.account, stack.region, stack.terminationProtection]).toEqual(['123456789012', 'eu-west-1', true]);
    expect(stacks.get('dev')!.stack.terminationProtection).toBe(false);
    expect(stacks.get('prod')!.stack.terminationProtection).toBe(true);
  });

  test('Credentials of another account end synthesis', async () => {
    const { pipelineApp } = await import('../../../infra/pipeline-app.ts');
    vi.stubEnv('CDK_DEFAULT_ACCOUNT', '210987654321');
    const context = { environments: { dev: { account: '123456789012' } }, env: 'dev' };
    await expect(pipelineApp({ outdir: temporaryFolder(), context })).rejects.toThrow(
      'belongs to the account 123456789012, and the credentials are of 210987654321',
    );
    vi.unstubAllEnvs();
  });
});

test.each([
  ['dev', 'Delete', undefined],
  ['prod', 'RetainExceptOnCreate', 'Retain'],
])('The log groups of %s have the deletion policy %s', (name, whenDeleted, whenReplaced) => {
  for (const [, group] of stacks.get(name)!.ofType('AWS::Logs::LogGroup')) {
    expect(group.DeletionPolicy).toBe(whenDeleted);
    if (whenReplaced !== undefined) expect(group).toMatchObject({ UpdateReplacePolicy: whenReplaced });
  }
});

test('Functions that people and arrival need have slots of their own where the account allows it', () => {
  const reserved = (name: string) =>
    stacks
      .get(name)!
      .ofType('AWS::Lambda::Function')
      .filter(([, { Properties }]) => Properties.ReservedConcurrentExecutions !== undefined)
      .map(([, { Properties }]) => [Properties.FunctionName, Properties.ReservedConcurrentExecutions]);
  expect(reserved('dev')).toEqual([]);
  expect(reserved('prod').toSorted()).toEqual([
    ['offline-prod-arrival-arrive', 5],
    ['offline-prod-arrival-settle', 5],
    ['offline-prod-daily-models', 5],
  ]);
});

test('The function of the commands on live models is in the VPC, and an output names it for those who may call it', () => {
  const own = stacks.get('own')!;
  const [, models] = own
    .ofType('AWS::Lambda::Function')
    .find(([, { Properties }]) => Properties.FunctionName === 'offline-own-daily-models')!;
  expect(models.Properties.VpcConfig.SubnetIds).toEqual(VPC.subnets);
  const outputs = own.template.toJSON().Outputs as Record<string, { Value: unknown }>;
  expect(JSON.stringify(outputs.dailymodelsfunction?.Value)).toContain(':function:offline-own-daily-models"');
  const text = readFileSync(new URL('../../../docs/live-models.md', import.meta.url), 'utf8');
  expect(text).toContain(':function:offline-prod-daily-models"');
  expect(text).toContain('`dailymodelsfunction`');
});

describe('keys of one’s own', () => {
  /** Returns the actions on keys of a role and the services through which it may use them. */
  const onKeys = (stack: Synthesized, role: Resource) =>
    statementsOf(role)
      .filter(({ Action }) => listOf(Action).some((action) => action.startsWith('kms:')))
      .map(({ Action, Resource: keys, Condition }) => {
        expect(listOf<unknown>(keys)).toEqual(stack.environment.kmsKeyArns);
        const via = (Condition as { StringEquals: Record<string, unknown> }).StringEquals['kms:ViaService']!;
        return {
          actions: listOf(Action),
          services: listOf<unknown>(via).map((one) => /(\w+)\./.exec(JSON.stringify(one))![1]),
        };
      });

  test.each([
    ['matrix-factorization-solve', ['kms:Decrypt', 'kms:GenerateDataKey'], ['s3']],
    ['similar-items-configure', ['kms:Decrypt', 'kms:GenerateDataKey'], ['s3', 'secretsmanager']],
    // It reads ZooKeeper only.
    ['daily-enabled', undefined, undefined],
  ])('The function %s may have %j by %j', (name, actions, services) => {
    const own = stacks.get('own')!;
    expect(onKeys(own, roleOf(own, name))).toEqual(actions === undefined ? [] : [{ actions, services }]);
  });

  test('A machine whose Maps read lists may decrypt them', () => {
    const own = stacks.get('own')!;
    const machine = own
      .ofType('AWS::StepFunctions::StateMachine')
      .find(([, { Properties }]) => Properties.StateMachineName === 'offline-own-matrix-factorization')![1];
    expect(onKeys(own, own.resources[machine.Properties.RoleArn['Fn::GetAtt'][0]]!)).toEqual([
      { actions: ['kms:Decrypt'], services: ['s3'] },
    ]);
  });

  test('Without keys no role may use any', () => {
    const actions = allStatements(stacks.get('prod')!).flatMap(({ Action }) => listOf(Action));
    expect(actions.filter((action) => action.startsWith('kms:'))).toEqual([]);
  });
});

describe('-c jobs=', () => {
  const stackFor = async (jobs: string) => {
    const { pipelineApp } = await import('../../../infra/pipeline-app.ts');
    const app = await pipelineApp({
      outdir: temporaryFolder(),
      context: { environments: ENVIRONMENTS, env: 'dev', jobs },
    });
    return app.node.findChild('offline-dev');
  };

  test('none leaves out the stacks of the jobs and keeps the buckets and the day', async () => {
    const names = (await stackFor('none')).node.children.map(({ node }) => node.id);
    expect(names).toEqual(expect.arrayContaining(['Storage', 'daily-functions', 'arrival-functions']));
    expect(names.filter((name) => name.endsWith('-stack'))).toEqual([]);
  });

  test('anything else is refused', async () => {
    await expect(stackFor('word2vec')).rejects.toThrow('-c jobs=word2vec: allowed is only jobs=none');
  });
});

const roleOf = (stack: Synthesized, functionName: string) => {
  const [, made] = stack
    .ofType('AWS::Lambda::Function')
    .find(([, { Properties }]) => Properties.FunctionName.endsWith(functionName))!;
  return stack.resources[made.Properties.Role['Fn::GetAtt'][0]]!;
};

/** Returns the names that the stack fixes. Names given by CloudFormation begin with the stack's name. */
function physicalNames({ resources }: Synthesized): string[] {
  const properties = [
    'FunctionName',
    'StateMachineName',
    'LogGroupName',
    'AlarmName',
    'TopicName',
    'QueueName',
    'DashboardName',
    'BucketName',
    'RoleName',
    'Name',
  ];
  return Object.values(resources).flatMap(({ Type, Properties }) =>
    properties.flatMap((property) =>
      typeof Properties?.[property] === 'string' ? [`${Type} ${Properties[property]}`] : [],
    ),
  );
}
