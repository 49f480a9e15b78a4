/** The job recommendations as a whole, from the text of a model to the lists: its cost and memory, and their growth with the users. */
import { rmSync } from 'node:fs';
import type { GeneratedModel } from './children/generate-model.ts';
import { madeOnce } from './made-once.ts';
import type { SizeName } from './matrix.ts';
import { inTurns, runNode } from './measure.ts';
import { type MeasuredRun, runJob, stepsText } from './offline.ts';
import { BENCH } from './places.ts';
import { cpuRatio, isMeasured, type Row, type Section } from './section.ts';

const RANK = 64;
const ITEMS = { s: 20_000, m: 200_000, l: 200_000 } as const satisfies Record<SizeName, number>;
/** Size l is the size of the targets. It takes a quarter of an hour on an idle machine; shards are as large at size m. */
const USERS = { s: 100_000, m: 100_000, l: 1_000_000 } as const satisfies Record<SizeName, number>;
const ACTIONS_A_USER = 3;
const FEWER = 10;
const WORKERS = 2;
const GROWTH_AT_MOST = 10.5;
const WORKER_MB_AT_MOST = 1_024;
/** Raise it when the generator changes. */
const VERSION = 1;

export async function recommendations(size: SizeName): Promise<Section> {
  const items = ITEMS[size];
  const notes = new Map<string, string>();
  const run = (name: string, users: number) => async (): Promise<MeasuredRun> => {
    const model = { users, items, rank: RANK, actionsAUser: ACTIONS_A_USER };
    const root = await madeOnce(`model-${users}-${items}-${VERSION}`, (folder) =>
      runNode('generate-model', { folder, ...model } satisfies GeneratedModel),
    );
    const output = `${BENCH}recommendations`;
    const measured = await runJob('recommendations', root, output, {}, { workers: WORKERS });
    rmSync(output, { recursive: true });
    notes.set(name, stepsText(measured));
    return measured;
  };
  const users = USERS[size];
  const { few, all } = await inTurns({ few: run('few', users / FEWER), all: run('all', users) }, 1);
  const rows: Row[] = [
    {
      what: `CPU at ${FEWER} × the users / CPU`,
      ...cpuRatio(all, few),
      target: { atMost: GROWTH_AT_MOST },
    },
    {
      what: 'peak / workers, MiB',
      ratio: isMeasured(all) ? all.peakMemoryMb / WORKERS : undefined,
      target: { atMost: WORKER_MB_AT_MOST },
      decimals: 0,
      note: isMeasured(all) ? `${all.peakMemoryMb.toFixed(0)} MiB / ${WORKERS}` : all.failed,
    },
  ];
  return {
    title: `Recommendations for ${users} users`,
    text:
      `The job recommendations, with ${WORKERS} workers and its defaults, on a generated model of ${users} users and ${items} items of ` +
      `rank ${RANK}, with ${ACTIONS_A_USER} actions a user, and on one of a tenth of the users. The deviation of dimension k is ` +
      '(k + 1)^−0.25, and the lengths of vectors are log-normal, so that about as many items can be skipped as with trained vectors. ' +
      'One round. A worker’s share of the peak is that of the whole process divided by the workers.',
    rows,
    contenders: [
      { name: `${users / FEWER} users`, outcome: few, note: notes.get('few') ?? '' },
      { name: `${users} users`, outcome: all, note: notes.get('all') ?? '' },
    ],
  };
}
