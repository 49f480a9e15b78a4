/**
 * Committed files that are derived from all jobs: the page of the settings and the golden file of the daily state machine.
 *
 * A new job must not make them fail, just as its missing golden files do not fail, because Vitest writes them. Therefore a file
 * that only lacks new jobs is written again, and the log says so. On a build server (`CI` is set) nothing is written, and the
 * test fails as for any other difference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyJob } from '../../shared/job/job.ts';
import { expectGolden, updateCure } from './golden.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Asserts that a derived file is up to date, or adds new jobs to it.
 *
 * @param path the path relative to the project
 * @param textOf returns the text of the file for some of the jobs, in their order
 */
export async function expectDerivedFile(
  path: string,
  jobs: readonly AnyJob[],
  textOf: (jobs: readonly AnyJob[]) => string,
): Promise<void> {
  const text = textOf(jobs);
  const added = process.env.CI ? [] : newJobs(readFileSync(PROJECT + path, 'utf8'), jobs, textOf);
  if (added.length > 0) {
    writeFileSync(PROJECT + path, text);
    process.stderr.write(`${path} was written again with ${added.join(', ')}: commit it\n`);
  }
  await expectGolden(text, { path, cure: updateCure('this change') });
}

/** Returns the jobs that the text lacks; none when the text also differs in something else. */
export function newJobs(
  committed: string,
  jobs: readonly AnyJob[],
  textOf: (jobs: readonly AnyJob[]) => string,
): string[] {
  const isNamed = ({ name }: AnyJob): boolean => new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(committed);
  const known = jobs.filter(isNamed);
  return committed === textOf(known) ? jobs.filter((job) => !known.includes(job)).map(({ name }) => name) : [];
}
