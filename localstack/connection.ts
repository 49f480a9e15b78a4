/** How callers reach an emulator, whichever way it runs. */

/** The account of all that is deployed to LocalStack; part of every ARN. */
export const EMULATOR_ACCOUNT = '000000000000';
export const EMULATOR_REGION = 'us-east-1';

/** The environment of an AWS client or of the CDK. LocalStack checks neither key nor secret, but they must be there. */
export function connectionEnv(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    // The CDK's command line looks at this one for S3.
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: EMULATOR_REGION,
    AWS_DEFAULT_REGION: EMULATOR_REGION,
  };
}

/** True once LocalStack says so itself; false while nothing answers. */
export async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // Refused, reset or too slow: all mean "not yet" to a caller that asks again.
  }
}
