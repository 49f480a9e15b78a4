/**
 * A day's dollars by the cost model: fanned out, and as the day is done, folded where it fits. Nothing is run. The sizes of the
 * jobs' inputs are those of the shop's days that the model was fitted to, in proportion to the actions.
 */
import { jobNamed } from '../../functions/index.ts';
import { commonSchema } from '../../shared/config/common-settings.ts';
import { estimateWays, modelOf, type Ways } from '../../shared/cost/estimate.ts';
import { MIB } from '../../shared/cost/model.ts';
import { FOLD_MEMORY_MB, foldedTransitions, foldsBy, START_SECONDS } from '../../shared/cost/predict-folded.ts';
import { billOf, dollarsOf, type Quantities } from '../../shared/cost/prices.ts';
import { addedQuantities, NOTHING_SPENT } from '../../shared/cost/spent.ts';
import { gigabyteSeconds } from '../../shared/cost/usage.ts';
import { defined } from '../../shared/defined.ts';
import { dayOrder } from '../../shared/job/day-order.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { LARGEST_FITTED, parsedSettings, SMALLEST_FITTED } from './cost.ts';
import type { Row, Section } from './section.ts';
import { DAY_JOBS, GROUPING, SHOP_JOBS } from './shop-jobs.ts';

const SMALL = 10_000;
const LARGE = 20_000_000;

/** The states of a day with one client beside those of its jobs. */
const GROUPED_STATES = 1;
/** Clients, Client days, Summary, Day whole?, Day done. */
const DAY_STATES = 5;
/** For each of both lists: is it empty?, the Map, and its end. The Map of an empty list is left out. */
const LIST_STATES = 2 * 2 + 1;
/** Any folded?, Rest, Any left? */
const REST_STATES = 3;
/** Configure, Fold, Activate, Record folded, Report folded. */
const FOLDED_CLIENT_STATES = 5;

/** A job with the estimates of both ways. */
interface Estimated {
  readonly job: AnyJob;
  readonly ways: Ways;
  readonly folds: boolean;
}

export async function dayCost(): Promise<Section> {
  const [small, large] = [await estimated(SMALL), await estimated(LARGE)];
  return {
    title: 'A day’s dollars, before and after folding',
    text:
      'What a day of one client with all nine jobs costs by the cost model, against the same day with every job fanned ' +
      `out. On the small day (${SMALL} actions) the client’s eight jobs fold together. On the large day (${LARGE} ` +
      'actions) each job folds by itself where its predicted time and memory allow it. Requests and memory of folded runs ' +
      'are predicted from measured ones where the model has them. Both sides leave out the evaluation, which was ' +
      'not measured, activation, retries, the functions of the day itself, logs, metrics, and the time on the way to S3.',
    rows: [
      ...rowsOf(
        'a small day',
        { now: smallDay(small), before: fannedOutDay(small) },
        { transitions: 0.1, dollars: 0.25 },
      ),
      ...rowsOf('20M actions', { now: largeDay(large), before: fannedOutDay(large) }, { dollars: 0.5 }),
      ...large.map(jobRow),
    ],
    contenders: [],
  };
}

async function estimated(actions: number): Promise<Estimated[]> {
  return Promise.all(
    DAY_JOBS.map(async (name) => {
      const job = jobNamed(name);
      const settings = await parsedSettings(name);
      const input = { bytes: bytesOf(name, actions), objects: 1 };
      const request = { job, client: null, settings, input, shards: undefined, output: undefined };
      const ways = (await estimateWays(request, FOLD_MEMORY_MB))!;
      const { foldSeconds } = commonSchema.parse(settings);
      const { folds } = foldsBy(ways.folded, { foldSeconds, memoryMb: FOLD_MEMORY_MB });
      return { job, ways, folds };
    }),
  );
}

/** Returns the bytes of a job's input on a day of so many actions, from the smallest or the largest day that was measured. */
function bytesOf(job: string, actions: number): number {
  const sizes = modelOf(job)!.steps[0]!.written.map(([mib]) => mib);
  const [mib, measured] = actions < LARGEST_FITTED ? [sizes[0]!, SMALLEST_FITTED] : [sizes.at(-1)!, LARGEST_FITTED];
  return (mib * MIB * actions) / measured;
}

const withStates = (quantities: Quantities, states: number): Quantities => ({
  ...quantities,
  transitions: quantities.transitions + states,
});

const sumOf = (all: readonly Quantities[]): Quantities => all.reduce(addedQuantities, NOTHING_SPENT);

/** Enabled, the waves, a Choice and a Task for each job, Record, Report. */
const fannedOutClientStates = (): number => {
  const jobs = SHOP_JOBS.map(jobNamed);
  return 3 + dayOrder(jobs).length + 2 * jobs.length;
};

function fannedOutDay(jobs: readonly Estimated[]): Quantities {
  const states = GROUPED_STATES + DAY_STATES + fannedOutClientStates();
  return withStates(sumOf(jobs.map(({ ways }) => ways.fannedOut)), states);
}

/** Grouping folds in its own machine. The client's jobs share one Configure and one Fold, which starts once. */
function smallDay(jobs: readonly Estimated[]): Quantities {
  const ofClient = jobs.filter(({ job }) => job.name !== GROUPING);
  const folded = sumOf(jobs.map(({ ways }) => ways.folded));
  const further = ofClient.length - 1;
  const startGbSeconds = gigabyteSeconds({ seconds: START_SECONDS, memoryMb: FOLD_MEMORY_MB });
  return {
    ...folded,
    gbSeconds: folded.gbSeconds - further * startGbSeconds,
    invocations: folded.invocations - 2 * further,
    transitions:
      GROUPED_STATES +
      foldedTransitions(jobNamed(GROUPING)) +
      DAY_STATES +
      LIST_STATES +
      REST_STATES +
      FOLDED_CLIENT_STATES,
  };
}

function largeDay(jobs: readonly Estimated[]): Quantities {
  const states = GROUPED_STATES + DAY_STATES + LIST_STATES + 1 + fannedOutClientStates();
  return withStates(sumOf(jobs.map(({ ways, folds }) => (folds ? ways.folded : ways.fannedOut))), states);
}

function rowsOf(
  what: string,
  { now, before }: { readonly now: Quantities; readonly before: Quantities },
  targets: { readonly transitions?: number; readonly dollars: number },
): Row[] {
  return [
    defined<Row>({
      what: `${what}: transitions, now / fanned out`,
      ratio: now.transitions / before.transitions,
      target: targets.transitions === undefined ? undefined : { atMost: targets.transitions },
      note: `${now.transitions} / ${before.transitions}`,
    }),
    {
      what: `${what}: dollars, now / fanned out`,
      ratio: dollarsOf(now) / dollarsOf(before),
      target: { atMost: targets.dollars },
      note: `${billInWords(now)} / ${billInWords(before)}`,
    },
  ];
}

/** Returns the dollars, and their parts. */
function billInWords(quantities: Quantities): string {
  const { lambdaTime, lambdaRequests, stepFunctions, s3 } = billOf(quantities);
  const parts = [
    `transitions ${stepFunctions.toFixed(5)}`,
    `S3 ${s3.toFixed(5)}`,
    `Lambda ${(lambdaTime + lambdaRequests).toFixed(5)}`,
  ];
  return `$${dollarsOf(quantities).toFixed(5)} (${parts.join(', ')})`;
}

const jobRow = ({ job, ways: { folded, fannedOut }, folds }: Estimated): Row => ({
  what: `20M actions, ${job.name}: dollars, folded / fanned out`,
  ratio: folded.dollars / fannedOut.dollars,
  note:
    `$${folded.dollars.toFixed(5)} / $${fannedOut.dollars.toFixed(5)}; ${folds ? 'folds' : 'fans out'}: ` +
    `${folded.seconds.toFixed(0)} s, ${folded.peakFrom === 'measured' ? '' : 'up to '}${Math.ceil(folded.peakMemoryMb)} MiB`,
});
