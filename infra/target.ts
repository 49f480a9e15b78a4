/** Where an environment is deployed to: its account and region, which its buckets and keys must share. */
import { ConfigError } from '../shared/errors.ts';
import { parseLocation } from '../shared/store/location.ts';
import type { Environment } from './environment.ts';
import { KMS_KEY } from './environment-schema.ts';

/** The account and the region of the credentials, as the command `cdk` tells them; undefined without credentials. */
export interface Credentials {
  readonly account: string | undefined;
  readonly region: string | undefined;
}

export const credentialsOf = (env: NodeJS.ProcessEnv): Credentials => ({
  account: env.CDK_DEFAULT_ACCOUNT || undefined,
  region: env.CDK_DEFAULT_REGION || undefined,
});

/** A bucket in the namespace of an account has a name that ends in the account, the region and `an`. */
const REGIONAL_BUCKET = /-\d{12}-([a-z]{2,}(?:-[a-z]+)+-\d)-an$/;

/** @throws ConfigError for credentials of another account, and for a bucket or a key that is known to be in another region */
export function checkTarget(environment: Environment, credentials: Credentials): void {
  const { name, account } = environment;
  if (account !== undefined && credentials.account !== undefined && account !== credentials.account) {
    throw new ConfigError(
      `Environment ${name} belongs to the account ${account}, and the credentials are of ${credentials.account}: take other ` +
        'credentials (AWS_PROFILE), or another environment (-c env=…)',
    );
  }
  const region = environment.region ?? credentials.region;
  if (region === undefined) return;
  const elsewhere = (what: string, where: string) =>
    new ConfigError(
      `Environment ${name} is deployed to ${region}, and ${what} is in ${where}: everything of an environment must be in one ` +
        'region, because S3 sends no events to another one',
    );
  for (const bucket of bucketsOf(environment)) {
    const where = REGIONAL_BUCKET.exec(bucket)?.[1];
    if (where !== undefined && where !== region) throw elsewhere(`the bucket ${bucket}`, where);
  }
  for (const key of environment.kmsKeyArns) {
    const where = KMS_KEY.exec(key)![1]!;
    if (where !== region) throw elsewhere(`the key ${key}`, where);
  }
}

/** The buckets that the environment names. */
function bucketsOf({ logBucket, outputBucket, configRoot, readablePaths }: Environment): string[] {
  const locations = [configRoot ?? '', ...readablePaths].filter((location) => location.startsWith('s3:'));
  const inLocations = locations
    .map((location) => parseLocation(location))
    .flatMap((at) => (at.scheme === 's3' ? [at.bucket] : []));
  return [logBucket, outputBucket, ...inLocations].filter((bucket) => bucket !== undefined);
}
