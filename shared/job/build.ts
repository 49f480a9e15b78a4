/**
 * The build of a deployment: a hash of the code of all its functions. An execution belongs to one build. The machine's
 * definition names the build that it was deployed with, `configure` writes its own build into the RunRef, and every handler
 * refuses an execution of another build. Otherwise a deployment during a run would mix two versions of the code.
 */
import { createHash } from 'node:crypto';
import { ConfigError, DeploymentChangedError } from '../errors.ts';

/** The build of a local run. It is one process, whose code does not change. */
export const LOCAL_BUILD = 'local';

/** Stands for the build in a compiled state machine, until the machine is deployed or run. */
export const BUILD_PLACEHOLDER = `\${deployed:build}`;

/** The digits of a build's name. */
const DIGITS = 16;

/** Returns the build of these files: 16 hexadecimal digits. The order of the files does not matter. */
export function buildOf(files: readonly { readonly name: string; readonly contents: Uint8Array }[]): string {
  const hash = createHash('sha256');
  const inOrder = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, contents } of inOrder) hash.update(`${name}\n${contents.byteLength}\n`).update(contents);
  return hash.digest('hex').slice(0, DIGITS);
}

/**
 * Returns the statement that tells a bundle its build. It is a part of the code, because AWS replaces a function's code and
 * its environment variables one after the other.
 */
export const buildStatement = (build: string): string => `process.env.BUILD=${JSON.stringify(build)};`;

/** Returns the build that the bundle's first statement has set. @throws ConfigError for code that is no bundle */
export function readBuild({ BUILD }: NodeJS.ProcessEnv = process.env): string {
  if (BUILD !== undefined) return BUILD;
  throw new ConfigError('the code of this function does not name its build: deploy it as infra/bundle.ts bundles it');
}

/** @param began the build with which an execution began; undefined for a build before builds had names */
export function deploymentChanged(began: string | undefined, now: string): DeploymentChangedError {
  const first = began === undefined ? 'a build without a name' : `build ${began}`;
  return new DeploymentChangedError(
    `this execution began with ${first}, and build ${now} is deployed now. Start the run again: it takes up what is ` +
      'finished. The hourly sweep does that for a day',
  );
}

/** @throws DeploymentChangedError when the build has changed since the execution began */
export function assertSameBuild(began: string | undefined, now: string): void {
  if (began !== now) throw deploymentChanged(began, now);
}
