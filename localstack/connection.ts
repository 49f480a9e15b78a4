/** The address and the keys by which callers reach an emulator, in either mode. */

/** The account of everything that is deployed to LocalStack. It is part of every ARN. */
export const EMULATOR_ACCOUNT = '000000000000';
export const EMULATOR_REGION = 'us-east-1';

/** Returns the environment of an AWS client or of the CDK. Clients need a key and a secret, which LocalStack does not check. */
export function connectionEnv(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    // The CDK's command line reads this variable for S3.
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: EMULATOR_REGION,
    AWS_DEFAULT_REGION: EMULATOR_REGION,
  };
}

/** True when LocalStack answers that it is healthy. */
export async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // The connection was refused, reset or too slow: the caller asks again.
  }
}
