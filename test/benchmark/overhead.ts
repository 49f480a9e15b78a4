/**
 * The overhead beside the work of shards: the size of a function's bundle and the time to load it, which every cold start
 * takes, and the share of a job's time in which no shard works.
 */
import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { bundleFunctions } from '../../infra/bundle.ts';
import { componentsOf } from '../../infra/components.ts';
import { readEnvironment } from '../../infra/environment.ts';
import { bundleSources } from '../../infra/pipeline-app.ts';
import type { Data } from './data.ts';
import { groupedFolder, prepareActions } from './grouped.ts';
import { inTurns, type Measured, type Measurement, type Outcome, runNode } from './measure.ts';
import { type MeasuredRun, matrixFactorization } from './offline.ts';
import { type Contender, isMeasured, type Row, type Section } from './section.ts';

const ZIPPED_MB_AT_MOST = 2;
/** The number of rounds. It is high, because the time to load a bundle is short and varies. */
const ROUNDS = 7;

export async function overhead(data: Data): Promise<Section> {
  const { folders } = await bundleFunctions(bundleSources(componentsOf(readEnvironment({ dev: {} }, 'dev'))));
  const bundles = [...folders].map(([name, folder]) => ({ name, file: `${folder}/index.mjs` }));
  const loads = await inTurns<string>(
    Object.fromEntries(
      bundles.map(({ name, file }) => [name, () => runNode<Measurement>('load-bundle', { bundle: file })]),
    ),
    ROUNDS,
  );
  await prepareActions(data);
  let last: MeasuredRun | undefined;
  const { job } = await inTurns({
    job: async () => {
      last = await matrixFactorization(groupedFolder(data, 'gzip'), `${data.folder}/models`, { workers: 2 });
      return last;
    },
  });

  const zipped = new Map(bundles.map(({ name, file }) => [name, deflateRawSync(readFileSync(file)).length]));
  const contenders: Contender[] = bundles.map(({ name }) => ({
    name: `load of ${name}`,
    outcome: loads[name]!,
    note: `${(zipped.get(name)! / 1e6).toFixed(2)} MB zipped`,
  }));
  return {
    title: 'Cold start, and what is not work',
    text:
      'A bundle is loaded as in a cold start, in a fresh Node. *Outside shards* is the wall time of a matrix ' +
      `factorization of ${data.pairs} pairs (rank 30, 5 sweeps, 2 workers, from gzip) that goes into start-up, ` +
      'configuring, planning, advancing its loop and publishing.',
    rows: [largest(zipped), slowest(loads), ...(last === undefined ? [] : [outsideShards(last)])],
    contenders: [...contenders, { name: 'matrix-factorization, 2 workers', outcome: job }],
  };
}

function largest(zipped: ReadonlyMap<string, number>): Row {
  const [name, bytes] = [...zipped].reduce((most, one) => (one[1] > most[1] ? one : most));
  return { what: 'largest bundle, MB zipped', ratio: bytes / 1e6, target: { atMost: ZIPPED_MB_AT_MOST }, note: name };
}

function slowest(loads: Readonly<Record<string, Outcome>>): Row {
  const what = 'slowest load, s of wall time';
  const measured = Object.entries(loads).filter((load): load is [string, Measured] => isMeasured(load[1]));
  if (measured.length === 0) return { what, ratio: undefined, note: 'not measured' };
  const [name, { seconds }] = measured.reduce((most, one) => (one[1].seconds > most[1].seconds ? one : most));
  return { what, ratio: seconds, note: name };
}

/** Returns the share of the process's wall time in which no shard of a Map works. */
function outsideShards({ seconds, summary }: MeasuredRun): Row {
  const atWork = summary.steps.filter(({ computed }) => computed > 0).reduce((sum, step) => sum + step.seconds, 0);
  const others = summary.steps.filter(({ computed }) => computed === 0).sort((a, b) => b.seconds - a.seconds);
  const parts = others.slice(0, 3).map((step) => `${step.step} ${step.seconds.toFixed(2)} s`);
  return {
    what: 'share of a run outside shards',
    ratio: 1 - atWork / seconds,
    note: `${(seconds - atWork).toFixed(2)} s of ${seconds.toFixed(2)} s: ${parts.join(', ')}, and starting up`,
  };
}
