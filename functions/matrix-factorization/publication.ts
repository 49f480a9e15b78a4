/** What becomes public: the four files that the serving reader knows, and a sample of rejected lines if there are any. */
import type { Publication } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { dayFolder } from '../../shared/store/keys.ts';
import type { FactorizationRun } from './settings.ts';
import { readObjectiveOfZeros } from './steps-score.ts';
import { readTrained } from './steps-sweep.ts';

export async function publication(run: FactorizationRun): Promise<Publication> {
  const rated = await run.work.openAll('rate');
  const merged = await run.work.shards('merge');
  const files = merged.map(({ side, gzip }, index) => ({
    name: `${side === 'users' ? 'userFeatures' : 'productFeatures'}.txt${gzip ? '.gz' : ''}`,
    pieces: [{ key: run.work.key('merge', index) }],
  }));
  const { lines, rejected } = readCounts(rated);
  const counts = {
    lines,
    rejected,
    ...(await rowsOf(run, 'score', 'users')),
    ...(await rowsOf(run, 'transpose', 'items')),
    ...(await readTrained(run)),
    objectiveOfZeros: await readObjectiveOfZeros(run),
  };
  const prefix = dayFolder(run.client as string, 'matrix-factorization', run.day);
  return { folders: [{ prefix, files: [...files, ...rejectedFile(rated)], counts }] };
}

async function rowsOf(run: FactorizationRun, step: string, name: string): Promise<Record<string, number>> {
  const metas = (await run.work.openAll(step)).map((file) => file.meta as { rows: number; pairs: number });
  const sum = (field: 'rows' | 'pairs') => metas.reduce((total, meta) => total + meta[field], 0);
  return { [name]: sum('rows'), pairs: sum('pairs') };
}
