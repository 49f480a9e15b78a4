/** The steps whose objects a function of a job may read: those before its own step, because the others have written nothing. */
import { StepAnswerError } from '../errors.ts';
import { stepOfShard } from '../store/keys.ts';
import { type AnyJob, mapsOf, namesOf, type Publication } from './job.ts';
import type { CheckRead } from './work-area.ts';

/**
 * Returns the check of what a function of the job reads. A step may read the objects of earlier steps and of its own step,
 * because an iteration of a loop reads earlier iterations. A function that is no step, such as `publish`, may read all steps.
 */
export function checkReadBy(job: AnyJob, name: string): CheckRead {
  const names = job.steps.map(namesOf);
  const own = names.findIndex((step) => step.includes(name));
  const readable = new Set(own < 0 ? names.flat() : names.slice(0, own + 1).flat());
  return (step) => {
    if (readable.has(step.name)) return;
    throw new StepAnswerError(
      own < 0
        ? `${name} reads what step '${step.name}' wrote, which is not a step of the job: list it in \`steps\``
        : `step ${name} reads what step '${step.name}' wrote, which does not come before it: list it earlier in \`steps\``,
    );
  };
}

/**
 * Checks that the steps whose whole objects become files have declared it, because only the objects of such a step have hashes.
 *
 * @throws StepAnswerError
 */
export function checkPublishes(job: AnyJob, { folders }: Publication): void {
  const hashless = new Set(mapsOf(job).flatMap(({ name, publishes }) => (publishes === true ? [] : [name])));
  for (const { name, pieces } of folders.flatMap(({ files }) => files)) {
    for (const { key, start, read } of pieces) {
      const step = start === undefined && read === undefined ? stepOfShard(key) : undefined;
      if (step === undefined || !hashless.has(step)) continue;
      throw new StepAnswerError(
        `file ${name} is made of an object of step ${step}, which does not declare \`publishes: true\`: declare it`,
      );
    }
  }
}
