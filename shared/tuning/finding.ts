/** The result of a search, in the form that people and programs read. */
import type { Estimate } from '../evaluation/intervals.ts';
import type { MetricsDocument, ScorerMetrics } from '../evaluation/metrics-document.ts';
import type { AnyJob } from '../job/job.ts';
import { withoutSecrets } from './apply.ts';
import { scorerOf } from './judge-trials.ts';
import { type Point, pointOf } from './space.ts';
import { defaultPoint, nodeWith } from './trial-settings.ts';
import { CLIENT, DEFAULTS, type Trial } from './trials.ts';
import type { TuneResult } from './tune.ts';
import type { TuneRequest } from './tune-request.ts';

/** One of the settings that are compared on the second hold-out. */
export interface Compared {
  readonly name: string;
  readonly point: Point;
  readonly ndcg: Estimate;
  readonly recall: Estimate;
}

/** `better`, `worse`: by the paired interval of NDCG. `same`: the client's settings have won. */
export type FindingVerdict = 'better' | 'notShown' | 'worse' | 'same';

export interface Finding extends Omit<TuneResult, 'toDefaults'> {
  readonly job: string;
  readonly client: string;
  /** The winner, the client's settings and the defaults, on the second hold-out. */
  readonly compared: readonly Compared[];
  /** The paired difference of NDCG on the second hold-out; null without users enough, and to itself. */
  readonly toClient: Estimate | null;
  readonly toDefaults: Estimate | null;
  readonly verdict: FindingVerdict;
  /** The verdict in one sentence. */
  readonly because: string;
  /** The text to put into the client's node. `***` stands for a secret of the node. */
  readonly node: string;
}

/** @param text of the client's node; undefined when there is none */
export function findingOf(
  job: AnyJob,
  { client, dimensions, settings }: Pick<TuneRequest, 'client' | 'dimensions' | 'settings'>,
  { toDefaults, ...result }: TuneResult,
  text: string | undefined,
): Finding {
  const { winner, final } = result;
  const defaults = defaultPoint(job, dimensions);
  const own: Trial[] = [
    winner,
    { name: CLIENT, point: pointOf(dimensions, settings) },
    { name: DEFAULTS, point: defaults },
  ];
  const compared = own
    .filter(({ name }, at) => own.findIndex((one) => one.name === name) === at)
    .flatMap(({ name, point }) => {
      const scorer = scorerIn(final, scorerOf(job, name));
      return scorer === undefined ? [] : [{ name, point, ndcg: scorer.ndcg, recall: scorer.recall }];
    });
  const against = scorerIn(final, scorerOf(job, winner.name))?.against[job.name]?.ndcg ?? null;
  const verdict = verdictOf(winner, against);
  return {
    ...result,
    job: job.name,
    client,
    compared,
    toClient: against,
    toDefaults: toDefaults === undefined ? null : (scorerIn(toDefaults, winner.name)?.against[job.name]?.ndcg ?? null),
    verdict,
    because: reasonOf(verdict, winner, against),
    node: withoutSecrets(job, nodeWith(job, text, winner.point)),
  };
}

const scorerIn = ({ scorers }: MetricsDocument, name: string): ScorerMetrics | undefined =>
  scorers.find((scorer) => scorer.name === name);

function verdictOf({ name }: Trial, difference: Estimate | null): FindingVerdict {
  if (name === CLIENT) return 'same';
  if (difference === null || difference.low === null || difference.high === null) return 'notShown';
  if (difference.low > 0) return 'better';
  return difference.high < 0 ? 'worse' : 'notShown';
}

function reasonOf(verdict: FindingVerdict, { name }: Trial, difference: Estimate | null): string {
  if (verdict === 'same') return 'no other settings were better than the client’s';
  const shown =
    difference?.low === null || difference?.low === undefined
      ? 'there are too few test users for an interval'
      : `the difference of NDCG@100 is ${signed(difference.mean)} (${signed(difference.low)} to ${signed(difference.high)})`;
  const place = 'on the second hold-out';
  if (verdict === 'better') return `${name} is better than the client’s settings ${place}: ${shown}`;
  if (verdict === 'worse') return `${name} is worse than the client’s settings ${place}: ${shown}`;
  return `no difference between ${name} and the client’s settings is shown ${place}: ${shown}`;
}

/** Returns a difference with its sign and four digits. */
export const signed = (value: number | null): string =>
  value === null ? 'unknown' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
