/**
 * The names of all that is deployed. Each name contains the environment, so that several environments fit into one account. It
 * is the same in every deployment: the command line finds a machine by its name, and policies name machines before they exist.
 */
import { ConfigError } from '../shared/errors.ts';

const FUNCTION_NAME_LENGTH = 64;

export const stackName = (environment: string): string => `offline-${environment}`;

/** A state machine: `offline-dev-matrix-factorization`. */
export const machineName = (environment: string, component: string): string => `offline-${environment}-${component}`;

/** A Lambda function: `offline-dev-matrix-factorization-solve`. @throws ConfigError when it is longer than Lambda allows */
export function functionName(environment: string, component: string, handler: string): string {
  const name = `${machineName(environment, component)}-${handler}`;
  if (name.length <= FUNCTION_NAME_LENGTH) return name;
  throw new ConfigError(
    `a function would be called ${name}: ${name.length} characters, and Lambda allows ${FUNCTION_NAME_LENGTH}. ` +
      'Choose a shorter name for the environment or the step',
  );
}
