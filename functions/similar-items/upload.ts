/** `upload`: the published similarities to the database that the serving system queries. */
import { CorruptInputError, SupersededError } from '../../shared/errors.ts';
import type { AfterPublish, Run } from '../../shared/job/job.ts';
import { type Manifest, readManifest } from '../../shared/job/publish.ts';
import type { JsonValue } from '../../shared/json.ts';
import { connect } from '../../shared/mysql/database.ts';
import { databaseOf } from '../../shared/mysql/jdbc-setting.ts';
import { dayFolder } from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';
import { replaceSimilarities, type SimilarityRow } from './similarity-table.ts';

/** Rows a statement. */
const BATCH_ROWS = 5_000;
/** A batch takes some tens of milliseconds; emptying and swapping wait for readers, but not so long. */
const STATEMENT_MS = 120_000;

export const upload: AfterPublish<{ readonly jdbc: string }> = {
  name: 'upload',
  memoryMb: 1024,
  timeoutSeconds: 900,
  isWanted: ({ jdbc }) => jdbc !== '',
  run: uploadPublished,
};

/** @throws as `replaceSimilarities`; SupersededError where another run has published over these files */
async function uploadPublished(run: Run<{ readonly jdbc: string }>, requestedAt: string): Promise<JsonValue> {
  const folder = dayFolder(run.client as string, 'item-similarity', run.day);
  const manifest = await ownManifest(run, folder);
  const address = await databaseOf(run.settings.jdbc);
  await using database = await connect(address, { statementMs: STATEMENT_MS });
  const rows = await replaceSimilarities(
    database,
    { run: run.id, day: run.day, requestedAt },
    batches(run.output, folder, manifest),
    // Seen before and after reading, the manifest says that all rows are one run's.
    async () => void (await ownManifest(run, folder)),
  );
  if (rows === undefined) run.log('info', 'the database holds this run’s rows already');
  return { rows: rows ?? 0 };
}

async function ownManifest(run: Run<unknown>, folder: string): Promise<Manifest> {
  const manifest = await readManifest(run.output, folder);
  if (manifest?.run === run.id) return manifest;
  throw new SupersededError(
    `${folder} holds ${manifest ? `run ${manifest.run}` : 'no whole output'} by now, not run ${run.id}: the database ` +
      'stays as it is, and the run that publishes there uploads its own rows',
  );
}

/** The rows of all parts. @throws CorruptInputError where they are not as many as the manifest says */
async function* batches(output: Store, folder: string, manifest: Manifest): AsyncGenerator<SimilarityRow[]> {
  let batch: SimilarityRow[] = [];
  let rows = 0;
  for (const { name } of manifest.files) {
    if (!name.startsWith('part-')) continue;
    for await (const line of linesOf(output.stream(folder + name))) {
      const { item1, item2, sim } = JSON.parse(line) as { item1: number; item2: number; sim: number };
      batch.push([item1, item2, sim]);
      rows++;
      if (batch.length < BATCH_ROWS) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
  if (rows === manifest.counts.similarities) return;
  throw new CorruptInputError(
    `${folder} holds ${rows} similarities where its _SUCCESS says ${manifest.counts.similarities}: remove _SUCCESS and run again`,
  );
}

/** Lines of our own writing: short, each with a newline at its end. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')).split('\n');
    rest = lines.pop() as string;
    yield* lines;
  }
}
