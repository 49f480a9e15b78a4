import { describe, expect, test } from 'vitest';
import { fpGrowth } from '../../../functions/fpgrowth/job.ts';
import { JOBS } from '../../../functions/index.ts';
import { JOB_NAMES } from '../../../functions/registry.ts';
import { defined } from '../../../shared/defined.ts';
import { checkFolders, checkJob, checkJobs, checkRegistered } from '../../../shared/job/check.ts';
import type { AnyJob, AnyStep, MapStep } from '../../../shared/job/job.ts';
import { jobFolders } from '../../helpers/job-folders.ts';
import { toyJob } from './toy-job.ts';

const copy = toyJob.steps[0] as MapStep<unknown>;
const step = (name: string, follows?: MapStep<unknown>['follows']): AnyStep<unknown> => ({
  ...copy,
  name,
  ...defined<Pick<MapStep<unknown>, 'follows'>>({ follows }),
});
/** Returns a job that keeps to all rules except for the given changes. */
const job = (changes: Partial<AnyJob>): AnyJob => {
  const { judge, ...rest } = { ...toyJob, ...fpGrowth, name: 'toy', writes: 'toy', steps: [copy], ...changes };
  return 'judge' in changes || judge === undefined ? rest : { ...rest, judge };
};
const loop = (name: string, body: string): AnyStep<unknown> => ({
  kind: 'loop',
  name,
  memoryMb: 512,
  timeoutSeconds: 60,
  maxIterations: 1,
  expected: () => [],
  advance: async () => ({ done: true }),
  body: { kind: 'map', name: body, memoryMb: 512, timeoutSeconds: 60, run: copy.run },
  keep: 1,
});

describe('the declaration of a job', () => {
  test('A declaration that keeps to the rules is accepted', () => expect(checkJob(job({})).name).toBe('toy'));

  test.each<[string, Partial<AnyJob>, string]>([
    ['two steps of one name', { steps: [copy, step('copy')] }, "two steps are called 'copy'"],
    ['a loop called as its body', { steps: [loop('turn', 'turn')] }, "two steps are called 'turn'"],
    ['a step called as a function of the framework', { steps: [step('publish')] }, "a step is called 'publish'"],
    ['a loop’s body called as a function of the framework', { steps: [loop('turn', 'plan')] }, "called 'plan'"],
    ['a step that looks like an iteration', { steps: [step('copy-2')] }, "'copy-2' cannot name a step"],
    ['a step that is no word', { steps: [step('Copy all')] }, "'Copy all' cannot name a step"],
    ['a step that follows a later one', { steps: [step('a', [{ name: 'b' }]), step('b')] }, "follows 'b'"],
    ['a runtime node that nobody reads', { activates: 'asocrules' }, '(did you mean assocrules?)'],
    ['a model that nothing judges', { judge: undefined as never }, 'nothing judges it: declare `judge`'],
    ['two tables of one name', { tables: [...fpGrowth.tables!, ...fpGrowth.tables!] }, "two tables are called 'rules'"],
  ])('A declaration is refused for %s, and the error says what helps', (_what, changes, message) => {
    expect(() => checkJob(job(changes))).toThrow(message);
  });

  test('A declaration is refused with everything that is wrong in it', () => {
    const wrong = job({ steps: [step('publish'), step('publish')], activates: 'nobody' });
    expect(() => checkJob(wrong)).toThrow(/two steps[\s\S]*function of the framework[\s\S]*'nobody'/);
  });
});

describe('all jobs together', () => {
  const named = (name: string, writes: string, folders: readonly string[], activates: string, writers = {}): AnyJob =>
    job({ name, writes, activates, inputs: { ...toyJob.inputs, folders, writers } });
  const first = named('first', 'one', [], 'mf');

  test('The registered jobs keep to the rules', () => expect(checkJobs(JOBS)).toHaveLength(JOBS.length));

  test.each<[string, AnyJob, string]>([
    ['two jobs of one name', named('first', 'two', [], 'word2vec'), "two jobs are called 'first'"],
    ['two jobs that write one folder', named('second', 'one', [], 'word2vec'), "write the job folder 'one'"],
    ['two models under one node', named('second', 'two', [], 'mf'), "two jobs make the model of 'mf'"],
    [
      'a folder that no job writes',
      named('second', 'sessions', ['sesions'], 'word2vec'),
      "'sesions', which no job writes (did you mean sessions?)",
    ],
    [
      'another writer than the job that writes the folder',
      named('second', 'two', ['one'], 'word2vec', { one: 'frist' }),
      "second reads the job folder 'one', and its `inputs.writers` say that 'frist' writes it: the writer is 'first'",
    ],
    [
      'a folder without a writer',
      named('second', 'two', ['one'], 'word2vec', { two: 'second' }),
      "`inputs.writers` say that nobody writes it: the writer is 'first'",
    ],
    ['a circle', named('second', 'two', ['two'], 'word2vec'), 'wait for each other in a circle: second'],
  ])('Jobs are refused for %s', (_what, second, message) => {
    expect(() => checkJobs([first, second])).toThrow(message);
  });
});

describe('the folders of the jobs', () => {
  const whole = ['job.ts', 'handlers.ts', 'example.ts', 'README.md'];

  test('Every job folder is registered and complete', () => {
    const folders = jobFolders();
    expect(Object.keys(folders.files)).toEqual(expect.arrayContaining([...JOB_NAMES]));
    checkFolders(folders);
  });

  test('A folder that is not registered is refused', () => {
    expect(() => checkFolders({ registered: [], files: { toy: whole } })).toThrow(
      'functions/toy holds a job.ts and is not registered: add its line to functions/registry.ts',
    );
  });

  test.each(whole)('A job without its %s is refused', (missing) => {
    const files = { toy: whole.filter((file) => file !== missing) };
    expect(() => checkFolders({ registered: ['toy'], files })).toThrow(`functions/toy/${missing} is missing`);
  });

  test('A registered job without a folder is refused with one message, which names the folder that may be meant', () => {
    expect(() => checkFolders({ registered: ['toys'], files: { toy: whole } })).toThrow(
      "functions/registry.ts registers 'toys', and there is no folder functions/toys (did you mean toy?): correct the name",
    );
    expect(() => checkFolders({ registered: ['toys'], files: {} })).toThrow(
      /wrong:\n {2}[^\n]*there is no folder functions\/toys: correct[^\n]*$/,
    );
  });

  test('A job with another name than the registered one is refused', () => {
    expect(checkRegistered('toy', job({})).name).toBe('toy');
    expect(() => checkRegistered('to-y', job({}))).toThrow(
      "functions/registry.ts registers 'to-y', and the name in its job.ts is 'toy': make both equal to the folder's name",
    );
  });

  test('A folder without a job.ts is left alone', () => {
    checkFolders({ registered: [], files: { 'day-arrival': ['handlers.ts'] } });
  });
});
