/**
 * The rules for the declaration of a job. Each rule is one function, whose message says what is wrong and how to correct it.
 *
 * `checkJob` runs when a job is loaded, `checkJobs` when all jobs are loaded, and `checkFolders` in the tests, which know the
 * files.
 */
import { RUNTIME_NODES } from '../activation/runtime-nodes.ts';
import { didYouMean } from '../config/did-you-mean.ts';
import { PipelineError } from '../errors.ts';
import { tableProblems } from '../tables/model-table.ts';
import { spaceProblems } from '../tuning/space.ts';
import { dayOrder } from './day-order.ts';
import { type AnyJob, modelsNodeOf, namesOf } from './job.ts';

/** Returns a sentence for each mistake. */
type Rule<T> = (subject: T) => readonly string[];

/** Returns the names of a job's maps, loops, bodies of loops, and of the task after publishing. */
function stepNames(job: AnyJob): string[] {
  const names = job.steps.flatMap(namesOf);
  return job.afterPublish === undefined ? names : [...names, job.afterPublish.name];
}

const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, at) => names.indexOf(name) !== at)),
];

/** Two steps with the same name would write their objects under the same keys. */
const stepNamesAreDistinct: Rule<AnyJob> = (job) =>
  repeated(stepNames(job)).map((name) => `two steps are called '${name}': give one of them another name`);

/** Every state machine has functions of the framework, whose names no step may have. */
const stepNamesAreFree: Rule<AnyJob> = (job) => {
  const own = new Set(stepNames(job));
  const reserved = ['configure', 'fold', 'plan', 'verdict', 'publish', 'activate'];
  return reserved
    .filter((name) => own.has(name))
    .map(
      (name) => `a step is called '${name}', which is the name of a function of the framework: give it another name`,
    );
};

/** A step's name is a folder, a state and a function. A name that ends in `-1` would look like an iteration of a loop. */
const stepNamesAreWords: Rule<AnyJob> = (job) =>
  stepNames(job)
    .filter((name) => !/^[a-z][a-z0-9-]*$/.test(name) || /-\d+$/.test(name))
    .map(
      (name) => `'${name}' cannot name a step: use lower-case letters, digits and hyphens, and no number at the end`,
    );

/** Predictions need the number of shards of the followed steps before that of the step itself. */
const followedStepsComeBefore: Rule<AnyJob> = (job) =>
  job.steps.flatMap((step, at) => {
    if (step.kind === 'loop') return [];
    const before = new Set<string>(stepNames({ ...job, steps: job.steps.slice(0, at) }));
    return (step.follows ?? [])
      .map(({ name }) => name)
      .filter((name) => !before.has(name))
      .map((name) => `step '${step.name}' follows '${name}', which does not come before it: list '${name}' earlier`);
  });

/** A misspelt node would be set without an error, and no server would load the model. */
const nodeIsRead: Rule<AnyJob> = ({ activates }) => {
  if (activates === undefined || RUNTIME_NODES.includes(activates)) return [];
  const meant = didYouMean(activates, RUNTIME_NODES);
  return [
    `it activates '${activates}', a runtime node that no server is known to read` +
      `${meant === undefined ? '' : ` (did you mean ${meant}?)`}: correct it, or add it to shared/activation/runtime-nodes.ts`,
  ];
};

/** A model must be judged before a server reads it. */
const modelIsJudged: Rule<AnyJob> = (job) =>
  modelsNodeOf(job) !== undefined && job.judge === undefined
    ? ['a server reads its output, and nothing judges it: declare `judge`']
    : [];

/** A wrong value would end a search in the middle. */
const spaceIsAllowed: Rule<AnyJob> = ({ settings, space }) =>
  space === undefined ? [] : spaceProblems(settings, space);

/** Other programs read the tables by the names of their files and columns. */
const tablesAreRight: Rule<AnyJob> = ({ tables = [] }) => tableProblems(tables);

const JOB_RULES: readonly Rule<AnyJob>[] = [
  stepNamesAreDistinct,
  stepNamesAreFree,
  stepNamesAreWords,
  followedStepsComeBefore,
  nodeIsRead,
  modelIsJudged,
  spaceIsAllowed,
  tablesAreRight,
];

/** A job's name is the name of a folder, a configuration node and a state machine. */
const jobNamesAreDistinct: Rule<readonly AnyJob[]> = (jobs) =>
  repeated(jobs.map(({ name }) => name)).map((name) => `two jobs are called '${name}': give one of them another name`);

/** Two jobs that write one folder would replace each other's output. */
const outputsAreDistinct: Rule<readonly AnyJob[]> = (jobs) =>
  repeated(jobs.map(({ writes }) => writes)).map(
    (folder) => `two jobs write the job folder '${folder}': let one of them write another folder`,
  );

/** Two models for one runtime node would replace each other. */
const modelsAreDistinct: Rule<readonly AnyJob[]> = (jobs) =>
  repeated(jobs.map(modelsNodeOf).filter((node) => node !== undefined)).map(
    (node) => `two jobs make the model of '${node}': let one of them activate another node`,
  );

/** A folder that no job writes stays empty, and the order of a day's jobs does not show the mistake. */
const inputsAreWritten: Rule<readonly AnyJob[]> = (jobs) => {
  const written = jobs.map(({ writes }) => writes);
  return jobs.flatMap(({ name, inputs }) =>
    inputs.folders
      .filter((folder) => !written.includes(folder))
      .map((folder) => {
        const meant = didYouMean(folder, written);
        return (
          `${name} reads the job folder '${folder}', which no job writes` +
          `${meant === undefined ? '' : ` (did you mean ${meant}?)`}: the folders are ${written.join(', ')}`
        );
      }),
  );
};

/** A folder is read as an output of ours only if its manifest is that of the declared writer. */
const writersAreRight: Rule<readonly AnyJob[]> = (jobs) =>
  jobs.flatMap(({ name, inputs }) =>
    inputs.folders.flatMap((folder) => {
      const writer = jobs.find(({ writes }) => writes === folder);
      const declared = inputs.writers[folder];
      if (writer === undefined || writer.name === declared) return [];
      return [
        `${name} reads the job folder '${folder}', and its \`inputs.writers\` say that ` +
          `${declared === undefined ? 'nobody' : `'${declared}'`} writes it: the writer is '${writer.name}'`,
      ];
    }),
  );

/** The jobs of a day must have an order. */
const jobsHaveAnOrder: Rule<readonly AnyJob[]> = (jobs) => {
  try {
    dayOrder(jobs);
    return [];
  } catch (error) {
    if (error instanceof PipelineError) return [error.message];
    throw error;
  }
};

const JOBS_RULES: readonly Rule<readonly AnyJob[]>[] = [
  jobNamesAreDistinct,
  outputsAreDistinct,
  modelsAreDistinct,
  inputsAreWritten,
  writersAreRight,
  jobsHaveAnOrder,
];

/** The folders below `functions/`, and the registered jobs. */
export interface JobFolders {
  /** The names of the registered jobs. */
  readonly registered: readonly string[];
  /** Folder name → names of the files in it. */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

/** A job that is not registered never runs, and no other check shows the mistake. */
const foldersAreRegistered: Rule<JobFolders> = ({ registered, files }) =>
  Object.keys(files)
    .filter((folder) => files[folder]!.includes('job.ts') && !registered.includes(folder))
    .map((folder) => `functions/${folder} holds a job.ts and is not registered: add its line to functions/registry.ts`);

/** File → its purpose, for the files that every job has. */
const NEEDED = {
  'job.ts': 'the declaration',
  'handlers.ts': 'the entry of its Lambda functions',
  'example.ts': 'the small input that tests and benchmarks run it on',
  'README.md': 'what the job is for, and where it departs from the original',
} as const;

/** The folder of a job has the job's name, and contains everything about the job. */
const foldersAreComplete: Rule<JobFolders> = ({ registered, files }) =>
  registered.flatMap((name) => {
    const found = files[name];
    if (found === undefined) {
      const meant = didYouMean(name, Object.keys(files));
      return [
        `functions/registry.ts registers '${name}', and there is no folder functions/${name}` +
          `${meant === undefined ? '' : ` (did you mean ${meant}?)`}: correct the name, or add the folder`,
      ];
    }
    return Object.entries(NEEDED)
      .filter(([file]) => !found.includes(file))
      .map(([file, meaning]) => `functions/${name}/${file} is missing: ${meaning}. Write it`);
  });

const FOLDER_RULES: readonly Rule<JobFolders>[] = [foldersAreRegistered, foldersAreComplete];

const problems = <T>(rules: readonly Rule<T>[], subject: T): string[] => rules.flatMap((rule) => rule(subject));

/** Returns the job. @throws PipelineError with all mistakes in its declaration */
export function checkJob<J extends AnyJob>(job: J): J {
  refuse(problems(JOB_RULES, job).map((problem) => `${job.name}: ${problem}`));
  return job;
}

/** Checks a job as `checkJob`, and also that its name is the registered one. @throws PipelineError */
export function checkRegistered<J extends AnyJob>(registered: string, job: J): J {
  if (job.name !== registered) {
    refuse([
      `functions/registry.ts registers '${registered}', and the name in its job.ts is '${job.name}': make both equal to the ` +
        "folder's name",
    ]);
  }
  return checkJob(job);
}

/** Returns the jobs. @throws PipelineError with all mistakes that concern several jobs */
export function checkJobs(jobs: readonly AnyJob[]): readonly AnyJob[] {
  refuse(problems(JOBS_RULES, jobs));
  return jobs;
}

/** @throws PipelineError with all mistakes in the folders of the jobs */
export const checkFolders = (folders: JobFolders): void => refuse(problems(FOLDER_RULES, folders));

function refuse(found: readonly string[]): void {
  if (found.length > 0) throw new PipelineError(`the declaration of jobs is wrong:\n  ${found.join('\n  ')}`);
}
