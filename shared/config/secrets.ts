/**
 * Secrets outside of the configuration: a setting may hold `secret:<name>` in place of a secret.
 *
 * In Lambda the secret is the current text of that name in AWS Secrets Manager. Everywhere else it is the environment variable
 * `SECRET_<NAME>` (in capitals, with `_` for every sign that is neither a letter nor a digit), or else the file `<name>` in the
 * folder `SECRETS_FOLDER`. A newline at its end does not count.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PATIENCE, sayWaits } from '../aws-waits.ts';
import { AccessDeniedError, ConfigError, PipelineError, StoreUnavailableError } from '../errors.ts';

const CONNECTION_TIMEOUT_MS = 5_000;
/** A connection without any traffic for this time is given up. */
const IDLE_TIMEOUT_MS = 30_000;

const PREFIX = 'secret:';
/** The names that Secrets Manager allows, except those with empty segments or segments that lead out of a folder. */
const NAME = /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[A-Za-z0-9/_+=.@-]{1,512}$/;

/** True for a text that names a secret, and so is none itself. The name may be an impossible one. */
export const isSecretReference = (value: string): boolean => value.trim().startsWith(PREFIX);

/** Returns the name in `secret:<name>`; undefined for any other text. @throws ConfigError for an impossible name */
export function secretName(value: string): string | undefined {
  if (!isSecretReference(value)) return undefined;
  const name = value.trim().slice(PREFIX.length);
  if (NAME.test(name)) return name;
  throw new ConfigError('secret:… names no secret: its name has letters, digits, / and _+=.@- (shop/database)');
}

/** Reads a secret. @throws ConfigError when it does not exist; AccessDeniedError; StoreUnavailableError */
export async function readSecret(name: string, environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const inLambda = environment.AWS_LAMBDA_FUNCTION_NAME !== undefined;
  const text = inLambda ? await fromSecretsManager(name) : await fromThisMachine(name, environment);
  if (text.trim() === '') throw new ConfigError(`secret:${name} is empty`);
  return text.replace(/\r?\n$/, '');
}

/** Returns `SECRET_SHOP_DATABASE` for `shop/database`. */
const variableOf = (name: string): string => `SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;

async function fromThisMachine(name: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const variable = variableOf(name);
  const value = environment[variable];
  if (value !== undefined) return value;
  const folder = environment.SECRETS_FOLDER;
  if (folder !== undefined) {
    try {
      return await readFile(join(folder, name), 'utf8');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      if (error.code !== 'ENOENT') throw new AccessDeniedError(`secret:${name} cannot be read: ${error.message}`);
    }
  }
  const file = folder === undefined ? 'a file of that name in a folder named by SECRETS_FOLDER' : join(folder, name);
  throw new ConfigError(`secret:${name} is not known here: set the environment variable ${variable}, or write ${file}`);
}

async function fromSecretsManager(name: string): Promise<string> {
  // The client has half a megabyte, so only runs with a secret load it.
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({
    maxAttempts: PATIENCE.attempts,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
  });
  sayWaits(client, 'Secrets Manager');
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (SecretString !== undefined) return SecretString;
  } catch (error) {
    throw explained(name, error);
  } finally {
    client.destroy();
  }
  throw new ConfigError(`secret:${name} holds bytes: store it as text`);
}

/** Turns an error of Secrets Manager into one with a cure. Its messages name the secret and the caller, and never the value. */
function explained(name: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PipelineError) return error;
  const cause = { cause: error };
  if (error.name === 'ResourceNotFoundException' || error.name === 'InvalidRequestException') {
    return new ConfigError(`secret:${name} is not in Secrets Manager, or is being deleted: ${error.message}`, cause);
  }
  if (error.name === 'AccessDeniedException') {
    return new AccessDeniedError(
      `secret:${name}: the function lacks secretsmanager:GetSecretValue on it. Its name must begin with the ` +
        "environment's secretPrefix (cdk.json), offline-<environment> by default",
      cause,
    );
  }
  return new StoreUnavailableError(`secret:${name} cannot be read from Secrets Manager: ${error.message}`, cause);
}
