/** The report of `offline plan`: the ways in which a run can be done, their prices, and the way that will be taken. */
import { elsewhere } from '../shared/cost/elsewhere.ts';
import { type Estimate, type Ways, whyUnknown } from '../shared/cost/estimate.ts';
import type { FoldDecision } from '../shared/cost/predict-folded.ts';
import { billOf, type Quantities } from '../shared/cost/prices.ts';
import type { InputSize } from '../shared/cost/usage.ts';
import { count, inBytes, inDollars } from '../shared/in-words.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { table } from './table.ts';

export const inputLine = (job: AnyJob, { bytes, objects }: InputSize): string =>
  `${job.name}: ${inBytes(bytes)} of text in ${count(objects)} files`;

export const unknownLine = ({ name }: AnyJob): string => `Time and cost are unknown: ${whyUnknown(name)}.`;

/** One way to do a run's work, here or elsewhere. */
export interface ComparedWay {
  readonly way: string;
  readonly dollars: number;
  /** The seconds that are computed, in all processes together; null for a place whose time is not predicted. */
  readonly seconds: number | null;
  readonly transitions: number;
}

/** Returns both ways of a run, and two other places for the same work. */
export function comparedWays({ fannedOut, folded }: Ways): readonly ComparedWay[] {
  const { fargate, emrServerless } = elsewhere(folded);
  return [
    {
      way: 'fanned out',
      dollars: fannedOut.dollars,
      seconds: fannedOut.steps.reduce((sum, { seconds }) => sum + seconds, 0),
      transitions: fannedOut.transitions,
    },
    { way: 'folded', dollars: folded.dollars, seconds: folded.seconds, transitions: folded.transitions },
    { way: 'one container of Fargate', dollars: fargate, seconds: folded.seconds, transitions: 0 },
    { way: 'Spark on EMR Serverless', dollars: emrServerless, seconds: null, transitions: 0 },
  ];
}

/** Returns the way that will be taken, its steps and prices, the other ways, and what the figures were measured with. */
export function planReport(ways: Ways, { folds, why }: FoldDecision): string {
  const taken = folds ? ways.folded : ways.fannedOut;
  const { rate, after, outdated } = taken;
  const basis =
    after === null
      ? 'Seconds are those of the machine in test/benchmark/results.md, because this client has no earlier run to compare with.'
      : `Seconds are ${rate.toFixed(2)} times those of test/benchmark/results.md, as they were in run ${after}.`;
  return [
    `The run ${folds ? 'folds into one process' : 'fans out'}: ${why}.`,
    '',
    stepsTable(taken),
    '',
    billTable(taken),
    '',
    waysTable(comparedWays(ways)),
    '',
    `${basis} Prices: docs/cost.md.`,
    ...(outdated === null ? [] : [`The cost was ${outdated}.`]),
  ].join('\n');
}

function stepsTable({ steps }: Estimate): string {
  const head = ['step', 'at once', 'invocations', 'seconds', 'memory MB', 'GB-seconds'];
  const rows = steps.map((step) => [
    step.step,
    count(step.shards),
    count(step.invocations),
    step.seconds.toFixed(1),
    count(step.memoryMb),
    step.gbSeconds.toFixed(1),
  ]);
  return table([head, ...rows], [1, 2, 3, 4, 5]);
}

function billTable(predicted: Quantities & Pick<Estimate, 'shards' | 'dollars'>): string {
  const { gets, puts, lists, transitions, invocations, gbSeconds, shards, dollars } = predicted;
  const bill = billOf(predicted);
  const lines = [
    ['', 'quantity', 'dollars'],
    ['Lambda, time', `${gbSeconds.toFixed(1)} GB-seconds`, inDollars(bill.lambdaTime)],
    ['Lambda, requests', count(invocations), inDollars(bill.lambdaRequests)],
    ['Step Functions', `${count(transitions)} transitions`, inDollars(bill.stepFunctions)],
    ['S3', `${count(puts + lists)} PUT and LIST, ${count(gets)} GET`, inDollars(bill.s3)],
    ['in all', `${count(shards)} shards`, inDollars(dollars)],
  ];
  return table(lines, [2]);
}

function waysTable(ways: readonly ComparedWay[]): string {
  const rows = ways.map(({ way, seconds, transitions, dollars }) => [
    way,
    seconds === null ? '' : seconds.toFixed(1),
    count(transitions),
    inDollars(dollars),
  ]);
  return table([['way', 'seconds', 'transitions', 'dollars'], ...rows], [1, 2, 3]);
}
