/**
 * Committed files that are derived from all jobs: the page of the settings, the golden file of the daily state machine.
 *
 * A new job must not make them wrong, as its own missing golden files are not wrong: Vitest writes those. So a file that
 * lacks new jobs and is right in all else is written anew, and the log says so. On a build server (`CI` is set) nothing is
 * written, and the test fails as for any other difference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyJob } from '../../shared/job/job.ts';
import { expectGolden, updateCure } from './golden.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** @param path relative to the project @param textOf gives the file's text for some of the jobs, in their order */
export async function expectDerivedFile(
  path: string,
  jobs: readonly AnyJob[],
  textOf: (jobs: readonly AnyJob[]) => string,
): Promise<void> {
  const text = textOf(jobs);
  const added = process.env.CI ? [] : newJobs(readFileSync(PROJECT + path, 'utf8'), jobs, textOf);
  if (added.length > 0) {
    writeFileSync(PROJECT + path, text);
    process.stderr.write(`${path} was written anew, with ${added.join(', ')}: commit it\n`);
  }
  await expectGolden(text, { path, cure: updateCure('this change') });
}

/** The jobs that `held` lacks; none when it differs in something else too. */
export function newJobs(held: string, jobs: readonly AnyJob[], textOf: (jobs: readonly AnyJob[]) => string): string[] {
  const isNamed = ({ name }: AnyJob): boolean => new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(held);
  const known = jobs.filter(isNamed);
  return held === textOf(known) ? jobs.filter((job) => !known.includes(job)).map(({ name }) => name) : [];
}
