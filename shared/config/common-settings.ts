/** The settings of every job, and the keys of old configurations that no job uses any more. */
import * as z from 'zod';
import { GATES } from '../verdict/verdict.ts';
import { choice, day, flag, integer, number, text } from './settings.ts';

/** Spread into a job's `z.object({ ...commonSettings, … })`. */
export const commonSettings = {
  inputPath: text({
    default: '/seldon-models',
    // The bytes follow from the inputs, which the run's input manifest names, and not from their location.
    decidesBytes: false,
    meaning: 'root of the inputs: s3://bucket/prefix (also s3n://, s3a://) or a folder',
  }),
  outputPath: text({
    default: '/seldon-models',
    decidesBytes: false,
    meaning: 'root of the outputs: s3://bucket/prefix (also s3n://, s3a://) or a folder',
  }),
  startDay: day({
    meaning:
      'last day read and name of the output folder: 2011-12-09, 20111209 or 15317 (days since 1970-01-01 UTC); the day that arrived if not set',
  }),
  days: integer({ default: 1, min: 1, max: 36_500, meaning: 'number of days read, counted backwards from startDay' }),
  skipUnfinishedDays: flag({
    default: false,
    // The bytes follow from the days that were read, and the run's input manifest names those.
    decidesBytes: false,
    meaning: 'leave out a day whose folder is not whole, with a warning, instead of ending the run',
  }),
  seed: integer({ default: 1, meaning: 'seed of everything random: the same seed gives the same bytes' }),
  maxRejectRatio: number({
    default: 0.1,
    min: 0,
    max: 1,
    meaning: 'share of the lines that may be rejected before the run fails',
  }),
  maxCost: number({
    above: 0,
    decidesBytes: false,
    meaning:
      'largest predicted cost of a run in dollars: a run that would cost more does not start; no limit if not set',
  }),
  fold: choice(['auto', 'never'], {
    default: 'auto',
    decidesBytes: false,
    meaning:
      'auto: on AWS one process does the work of a run that is predicted to be small enough for it; never: each shard has a function of its own',
  }),
  foldSeconds: integer({
    default: 300,
    min: 1,
    max: 780,
    decidesBytes: false,
    meaning:
      'most seconds that a run may be predicted to take in one process; a longer one has a function for each shard',
  }),
  activate: flag({
    default: false,
    decidesBytes: false,
    meaning: 'make the output live in the serving system when it is complete',
  }),
  activationScheme: choice(['s3n', 's3', 's3a'], {
    default: 's3n',
    decidesBytes: false,
    meaning: 'scheme in which an S3 location is written into the runtime node',
  }),
  keepVersions: integer({
    default: 7,
    min: 1,
    max: 1_000,
    decidesBytes: false,
    meaning: 'number of models kept for a rollback: as many of those that were live, and of those that were published',
  }),
  gate: choice(GATES, {
    default: 'enforce',
    decidesBytes: false,
    meaning:
      'effect of a failed check if activate is true: enforce: the model is not published; warn: it is published with a warning; off: nothing is judged',
  }),
  registerClient: flag({
    default: true,
    decidesBytes: false,
    meaning: 'add the client to the list of clients for which the serving system loads the model',
  }),
};

/**
 * The schema of the settings that every job has, for the code that handles all jobs. It takes no notice of a job's own ones.
 */
export const commonSchema = z.object(commonSettings);
export type CommonSettings = z.output<typeof commonSchema>;

/**
 * Keys of the original, in lower case and without `-` and `_`. Credentials now come from the environment, and a run is local
 * if its paths are.
 */
const NO_LONGER_USED = new Set(['local', 'awskey', 'awssecret', 'awsaccesskeyid', 'awssecretaccesskey']);

/** True for a key of the original that is accepted and ignored. Its value may be a credential and is never shown. */
export const isNoLongerUsed = (key: string): boolean => NO_LONGER_USED.has(key.toLowerCase().replace(/[-_]/g, ''));
