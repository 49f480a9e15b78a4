import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { flag, number, text } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';

const { outputPath, startDay, maxRejectRatio, seed, fold, foldSeconds, activate, activationScheme, registerClient } =
  commonSettings;

export const settings = z.object({
  inputPathPattern: text({
    required: true,
    decidesBytes: false,
    meaning: 'location of the logs: %y, %m and %d stand for the date, and * for any part of a name',
  }),
  outputPath,
  startDay,
  maxRejectRatio,
  seed,
  fold,
  foldSeconds,
  activate,
  activationScheme,
  registerClient,
  maxOtherDays: number({
    default: 0.5,
    min: 0,
    max: 1,
    meaning: 'largest share of the actions that may be more than a day away from the run’s day; the run fails above it',
  }),
  gzipOutput: flag({ default: false, meaning: 'compress the output' }),
  singleClient: text({ meaning: 'the only client whose actions are written; all clients if not set' }),
});

export type GroupingSettings = z.output<typeof settings>;

export type GroupingRun = Run<GroupingSettings>;
