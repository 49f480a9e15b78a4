/** Runs a job for the client `shop` with its output in memory, for tests that compare the output with a reference. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyJob } from '../../shared/job/job.ts';
import type { JsonValue } from '../../shared/json.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { filesBelow } from './files-below.ts';
import { textsBelow } from './store-texts.ts';

export type Settings = Readonly<Record<string, JsonValue>>;

export interface MemoryRun {
  /** The files of the day's folder: name → text. */
  readonly files: ReadonlyMap<string, string>;
  /** The counts in the manifest. */
  readonly counts: Settings;
  /** Step → the number of its shards that were computed. */
  readonly computed: Readonly<Record<string, number>>;
  readonly log: readonly string[];
}

/**
 * Runs the job in so many shards a step, or as many as it plans, and reads what it publishes.
 *
 * @param published a folder with what earlier runs have published below the output root (`JobExample.published`)
 */
export async function runInMemory(
  job: AnyJob,
  day: number,
  settings: Settings,
  shards: number | 'planned' = 1,
  published?: string,
): Promise<MemoryRun> {
  const paths = published === undefined ? [] : filesBelow(published);
  const before = Object.fromEntries(paths.map((path) => [path, readFileSync(join(published as string, path))]));
  const cloud = new JobCloud({ job, client: 'shop', day, settings, before });
  await cloud.run({ shards });
  const files = await textsBelow(cloud.output, `shop/${job.writes}/${day}/`);
  return { files, counts: JSON.parse(files.get('_SUCCESS')!).counts, computed: cloud.computed(), log: cloud.log };
}
