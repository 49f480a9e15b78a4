/** Checks the results of the commands on live models, which arrive as JSON. */
import * as z from 'zod';
import type { Quality } from '../../shared/evaluation/quality.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { CommandResult } from '../../shared/live/commands.ts';
import { type HistoryEntry, historyEntrySchema } from '../../shared/live/history.ts';
import type { ModelRow } from '../../shared/live/models.ts';
import { holdSchema, liveModelSchema } from '../../shared/live/record.ts';
import type { LiveAnswer } from '../../shared/live/requests.ts';
import { checkedAnswer } from './checked-answer.ts';

const answerSchema: z.ZodType<LiveAnswer> = z.object({ result: z.json(), warnings: z.array(z.string()) });

const commandResultSchema: z.ZodType<CommandResult> = z.object({
  live: liveModelSchema.nullable(),
  previous: liveModelSchema.nullable(),
  hold: holdSchema.nullable(),
});

const estimateSchema = z.object({
  mean: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
const placeSchema = z.enum(['above', 'within', 'below']);
const placesSchema = z.object({ popularity: placeSchema, 'recent-popularity': placeSchema }).nullable();

const qualitySchema: z.ZodType<Quality> = z.object({
  day: z.number(),
  run: z.string().nullable(),
  cutoff: z.number(),
  users: z.number(),
  recall: estimateSchema,
  baselines: z.object({ popularity: estimateSchema, 'recent-popularity': estimateSchema }),
  change: z.object({ since: z.number(), recall: z.number() }).nullable(),
  standing: placesSchema,
  standingBefore: placesSchema,
});

const modelRowSchema: z.ZodType<ModelRow> = z.object({
  client: z.string(),
  job: z.string(),
  node: z.string(),
  live: z
    .object({
      location: z.string(),
      day: z.number().nullable(),
      date: z.string().nullable(),
      run: z.string().nullable(),
      ageDays: z.number().nullable(),
      counts: z.record(z.string(), z.json()).nullable(),
    })
    .nullable(),
  newest: z.object({ day: z.number(), date: z.string(), run: z.string().nullable() }).nullable(),
  verdict: z.string().nullable(),
  held: holdSchema.nullable(),
  evaluation: qualitySchema.exactOptional(),
});

export const readAnswer = (value: JsonValue): LiveAnswer =>
  checkedAnswer(answerSchema, value, 'the answer of a command on live models');

export const readCommandResult = (value: JsonValue): CommandResult =>
  checkedAnswer(commandResultSchema, value, 'the result of a command that changes what is live');

export const readModelRows = (value: JsonValue): readonly ModelRow[] =>
  checkedAnswer(z.array(modelRowSchema), value, 'a list of models');

export const readHistoryEntries = (value: JsonValue): readonly HistoryEntry[] =>
  checkedAnswer(z.array(historyEntrySchema), value, 'the history of a model');
