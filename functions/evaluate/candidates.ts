/** The models that a run evaluates, as a list in JSON: the setting `candidates`. */
import * as z from 'zod';
import { ConfigError } from '../../shared/errors.ts';
import { BASELINES } from '../../shared/evaluation/resample-sums.ts';
import { canonicalJson, type JsonValue, parseJson } from '../../shared/json.ts';
import { SCORERS } from './scorers.ts';

const candidateSchema = z.strictObject({
  /** The name of the scorer in `metrics.json`: the job's name every day, the variant's name for variants. */
  name: z.string().min(1),
  job: z.enum(SCORERS.map(({ job }) => job)),
  run: z.string().min(1),
  /** The last day that the model read, in days since 1970-01-01 UTC. */
  day: z.int().min(0),
  settings: z.record(z.string(), z.json()),
  /** The folder of the model below the output root. It ends in `/`. */
  folder: z.string().regex(/^[^/].*\/$/),
  /** For a variant: the name of the candidate with the client's settings, with which it is compared as well. */
  clientsOwn: z.string().optional(),
});

/** One model. */
export interface Candidate {
  readonly name: string;
  readonly job: string;
  readonly run: string;
  readonly day: number;
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly folder: string;
  readonly clientsOwn?: string | undefined;
}

/** Returns the candidates by name. @throws ConfigError with the problem of a text that is no list of candidates */
export function parseCandidates(text: string): readonly Candidate[] {
  const { data, error } = z.array(candidateSchema).safeParse(parseJson(text));
  if (data === undefined) throw new ConfigError(`candidates are no list of models: ${z.prettifyError(error)}`);
  const names = [...BASELINES, ...data.map(({ name }) => name)];
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined)
    throw new ConfigError(`two scorers are called ${repeated}: give one of the candidates another name`);
  return data.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the candidates of a run, by name. */
export const candidatesOf = ({ candidates }: { readonly candidates?: string | undefined }): readonly Candidate[] =>
  candidates === undefined ? [] : parseCandidates(candidates);

/** Returns the text of the setting. */
export const formatCandidates = (candidates: readonly Candidate[]): string =>
  canonicalJson(candidates.map((candidate) => ({ ...candidate })));
