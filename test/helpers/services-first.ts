/**
 * Installs the servers and the browser that the chosen test files start, before the tests run. `npm test -- test/unit/lines` starts none, so it
 * needs none of them. Then the files that take longest come first, so that no core is idle at the end.
 *
 * It is a sequencer, because Vitest gives the chosen files only to a sequencer before every run, also in watch mode.
 */
import { fileURLToPath } from 'node:url';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { installMissing, packagesOf, type Service } from '../../localstack/services.ts';
import { reachedFrom } from './imports.ts';

const STARTED_BY: readonly (readonly [Service, string])[] = [
  ['zookeeper', fileURLToPath(new URL('../../localstack/zookeeper.ts', import.meta.url))],
  ['mariadb', fileURLToPath(new URL('../../localstack/mariadb.ts', import.meta.url))],
  ['chromium', fileURLToPath(new URL('./chromium.ts', import.meta.url))],
];

/** Returns the services whose modules the test files import, directly or through other files. @param files absolute paths */
export function servicesOf(files: readonly string[]): Service[] {
  const known = new Map<string, readonly string[]>();
  const reached = new Set(files.flatMap((file) => [...reachedFrom(file, known)]));
  return STARTED_BY.filter(([, module]) => reached.has(module)).map(([service]) => service);
}

/**
 * The files that take longest, the longest first. Vitest knows how long a file took in the last run, but a fresh clone has no
 * last run. Then it begins with the largest files, and these are small.
 */
export const LONGEST: readonly string[] = [
  'test/integration/pipeline.test.ts',
  'test/integration/cfn-lint.test.ts',
  'test/integration/matrix-factorization.test.ts',
  'test/contract/job.test.ts',
];

/** Moves the longest files to the beginning. The others keep their order. */
export function longestFirst<T extends { readonly moduleId: string }>(files: readonly T[]): T[] {
  const rank = ({ moduleId }: T): number => {
    const at = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
    return at === -1 ? LONGEST.length : at;
  };
  return files.toSorted((a, b) => rank(a) - rank(b));
}

export default class ServicesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    installMissing(packagesOf(servicesOf(files.map(({ moduleId }) => moduleId))));
    return longestFirst(await super.sort(files));
  }
}
