import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { choice, choices, flag, number, text } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';
import { ID_WAYS } from '../../shared/model/text-ids.ts';

const IDS_FORMATS = ['ndjson', 'parquet'] as const;

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
  ids: choice(ID_WAYS, {
    default: 'given',
    addedLater: true,
    meaning:
      'given: the logs have ids that are integers; assign: ids are made of the client’s own ids or of texts, and times may be epoch seconds or milliseconds',
  }),
  idsFormats: choices(IDS_FORMATS, {
    default: ['ndjson'],
    addedLater: true,
    meaning:
      'formats of the pairs of assigned ids and texts: ndjson is always written, and parquet adds ids-NNNNN.parquet',
  }),
  singleClient: text({ meaning: 'the only client whose actions are written; all clients if not set' }),
});

export type GroupingSettings = z.output<typeof settings>;

export type GroupingRun = Run<GroupingSettings>;
