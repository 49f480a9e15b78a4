/** The memory of a worker at four times the data and four times as many shards, which then have the same size. */
import type { Data } from './data.ts';
import { groupedFolder, prepareActions } from './grouped.ts';
import { liveGrowth } from './live-memory.ts';
import { inTurns } from './measure.ts';
import { type MeasuredRun, matrixFactorization } from './offline.ts';
import { isMeasured, type Row, type Section } from './section.ts';

const AT_MOST = 1.2;
const QUARTER_SHARDS = 2;

export async function memory(data: Data): Promise<Section> {
  await prepareActions(data);
  const output = `${data.folder}/models`;
  const run = (kind: 'quarter' | 'plain', watched?: { readonly liveMemory: string }): Promise<MeasuredRun> => {
    const shards = kind === 'quarter' ? QUARTER_SHARDS : 4 * QUARTER_SHARDS;
    return matrixFactorization(groupedFolder(data, kind), output, { workers: 1, shards, ...watched });
  };
  const { quarter, whole } = await inTurns({ quarter: () => run('quarter'), whole: () => run('plain') });
  const watchedQuarter = (liveMemory: string) => run('quarter', { liveMemory });
  const rows: Row[] = [];
  if (isMeasured(quarter) && isMeasured(whole)) {
    const [low, high] = [quarter.peakMemoryMb, whole.peakMemoryMb];
    rows.push({
      what: 'peak at 4 × the data / peak',
      ratio: high / low,
      target: { atMost: AT_MOST },
      note: `${high.toFixed(0)} MiB / ${low.toFixed(0)} MiB, the process with its one worker`,
    });
  }
  rows.push(
    await liveGrowth('live memory at 4 × the data / live memory, the worker', {
      first: watchedQuarter,
      below: watchedQuarter,
      above: (liveMemory) => run('plain', { liveMemory }),
    }),
  );
  return {
    title: 'Memory at four times the data',
    text:
      `matrix-factorization runs with one worker over a quarter of the users in ${QUARTER_SHARDS} shards a step, ` +
      `and over all of them in ${4 * QUARTER_SHARDS}. Live memory is the memory of its thread that is not ` +
      'garbage, measured in separate runs.',
    rows,
    contenders: [
      { name: `a quarter, ${QUARTER_SHARDS} shards`, outcome: quarter },
      { name: `all, ${4 * QUARTER_SHARDS} shards`, outcome: whole },
    ],
  };
}
