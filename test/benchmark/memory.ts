/** A worker's memory at four times the data: as many actions a shard, four times as many shards. */
import type { Data } from './data.ts';
import { groupedFolder, prepareActions } from './grouped.ts';
import { inTurns } from './measure.ts';
import { type MeasuredRun, matrixFactorization } from './offline.ts';
import { isMeasured, type Row, type Section } from './section.ts';

const AT_MOST = 1.2;
const QUARTER_SHARDS = 2;

export async function memory(data: Data): Promise<Section> {
  await prepareActions(data);
  const output = `${data.folder}/models`;
  /** MiB on the heap and in buffers, the highest of all steps, as the run's summary has it. */
  const workerPeaks = { quarter: 0, whole: 0 };
  const run = async (name: 'quarter' | 'whole', shards: number): Promise<MeasuredRun> => {
    const input = groupedFolder(data, name === 'quarter' ? 'quarter' : 'plain');
    const measured = await matrixFactorization(input, output, { workers: 1, shards });
    const peaks = measured.summary.steps.map(({ peakMemoryMb }) => peakMemoryMb);
    workerPeaks[name] = Math.max(workerPeaks[name], ...peaks);
    return measured;
  };
  const { quarter, whole } = await inTurns({
    quarter: () => run('quarter', QUARTER_SHARDS),
    whole: () => run('whole', 4 * QUARTER_SHARDS),
  });
  const rows: Row[] = [];
  if (isMeasured(quarter) && isMeasured(whole)) {
    const [low, high] = [quarter.peakMemoryMb, whole.peakMemoryMb];
    rows.push({
      ...{ what: 'peak at 4 × the data / peak', ratio: high / low, target: { atMost: AT_MOST } },
      note: `${high.toFixed(0)} MiB / ${low.toFixed(0)} MiB, the process with its one worker`,
    });
  }
  rows.push({
    ...{ what: 'the worker’s own figures', ratio: workerPeaks.whole / workerPeaks.quarter },
    note: `${workerPeaks.whole.toFixed(0)} MiB / ${workerPeaks.quarter.toFixed(0)} MiB, heap and buffers at a shard’s end`,
  });
  return {
    title: 'Memory at four times the data',
    text:
      `matrix-factorization with one worker over a quarter of the users in ${QUARTER_SHARDS} shards a step, and over all of ` +
      `them in ${4 * QUARTER_SHARDS}.`,
    rows,
    contenders: [
      { name: `a quarter, ${QUARTER_SHARDS} shards`, outcome: quarter },
      { name: `all, ${4 * QUARTER_SHARDS} shards`, outcome: whole },
    ],
  };
}
