/** The JSON documents of the cost model, checked when they are read: `model.json`, and `usage.json` of a work area. */
import * as z from 'zod';
import type { JsonValue } from '../json.ts';
import type { FoldedPoint, JobModel, StepModel } from './model.ts';
import type { RunUsage, StepUsage } from './usage.ts';

const coefficients = z.array(z.number());

const stepModelSchema: z.ZodType<StepModel> = z.object({
  step: z.string(),
  load: z.exactOptional(z.number()),
  pieces: z.exactOptional(z.number()),
  shards: coefficients,
  seconds: coefficients,
  gets: coefficients,
  reads: z.record(z.string(), coefficients),
  puts: coefficients,
  written: z.array(z.tuple([z.number(), z.number()])),
  furtherParts: z.union([coefficients, z.literal(['streamed', 'copied'])]),
  lists: coefficients,
});
const foldedPointSchema: z.ZodType<FoldedPoint> = z.object({
  mib: z.number(),
  peakMb: z.number(),
  gets: z.number(),
  puts: z.number(),
  lists: z.number(),
});
const jobModelSchema: z.ZodType<JobModel> = z.object({
  version: z.number(),
  steps: z.array(stepModelSchema),
  folded: z.exactOptional(z.array(foldedPointSchema)),
});

/** Reads the model of one job. @throws ZodError for a `model.json` of another form. `npm run bench -- --only cost` writes it */
export const readJobModel = (model: unknown): JobModel => jobModelSchema.parse(model);

const stepUsageSchema: z.ZodType<StepUsage> = z.object({
  step: z.string(),
  memoryMb: z.number(),
  invocations: z.number(),
  seconds: z.number(),
  peakMemoryMb: z.number(),
  gets: z.number(),
  puts: z.number(),
  lists: z.number(),
  bytesRead: z.number(),
  bytesWritten: z.number(),
  furtherParts: z.number(),
  load: z.exactOptional(z.number()),
  most: z.exactOptional(z.number()),
  reads: z.record(z.string(), z.number()),
});

const runUsageSchema: z.ZodType<RunUsage> = z.object({
  job: z.string(),
  version: z.number(),
  input: z.object({ objects: z.number(), bytes: z.number(), mostShards: z.exactOptional(z.number()) }),
  shards: z.number().nullable(),
  threads: z.number().nullable(),
  folded: z.exactOptional(z.literal(true)),
  steps: z.array(stepUsageSchema),
});

/** Reads the usage of an earlier run. Undefined for a document of another form, such as an earlier release wrote. */
export const readRunUsage = (usage: JsonValue): RunUsage | undefined => runUsageSchema.safeParse(usage).data;
