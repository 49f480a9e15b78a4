/** Tests that an environment is deployed to its own account, and that its buckets and keys are in its region. */
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../../infra/environment.ts';
import { checkTarget, credentialsOf } from '../../../infra/target.ts';

const OURS = '111122223333';
const check = (settings: object, account?: string, region?: string) =>
  checkTarget(readEnvironment({ prod: settings }, 'prod'), { account, region });

describe('the account', () => {
  test('Credentials of another account are refused with both accounts and the cure', () => {
    expect(() => check({ account: OURS }, '444455556666')).toThrow(
      `Environment prod belongs to the account ${OURS}, and the credentials are of 444455556666: take other credentials (AWS_PROFILE)`,
    );
  });

  test.each([
    [{ account: OURS }, OURS],
    // Synthesis needs no credentials.
    [{ account: OURS }, undefined],
    [{}, '444455556666'],
  ])('The settings %j are deployed by credentials of %s', (settings, account) => {
    expect(() => check(settings, account)).not.toThrow();
  });
});

describe('the region', () => {
  const elsewhere = `logs-${OURS}-eu-west-1-an`;

  test.each<object>([
    { logBucket: elsewhere },
    { outputBucket: elsewhere },
    { configRoot: `s3://${elsewhere}/config` },
    { readablePaths: [`s3://${elsewhere}/items`] },
    { kmsKeyArns: [`arn:aws:kms:eu-west-1:${OURS}:key/0a1b`] },
  ])('%j is refused in another region', (settings) => {
    const message = /Environment prod is deployed to us-east-1, and the (bucket|key) .* is in eu-west-1/;
    expect(() => check({ region: 'us-east-1', ...settings })).toThrow(message);
    // The region of the credentials counts where the environment names none.
    expect(() => check(settings, OURS, 'us-east-1')).toThrow(message);
    expect(() => check({ region: 'eu-west-1', ...settings }, OURS, 'us-east-1')).not.toThrow();
    expect(() => check(settings)).not.toThrow();
  });

  test('A bucket whose name does not say its region is accepted', () => {
    expect(() => check({ region: 'us-east-1', logBucket: 'logs-eu-west-1' })).not.toThrow();
  });
});

test("The credentials are those that the command 'cdk' found", () => {
  expect(credentialsOf({ CDK_DEFAULT_ACCOUNT: OURS, CDK_DEFAULT_REGION: '' })).toEqual({
    account: OURS,
    region: undefined,
  });
});
