/** Folders in `.bench/data/` that are made once and kept. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { BENCH } from './places.ts';

/**
 * Returns the folder of this name. If it does not exist, `make` fills a draft, which gets the name when it is complete, so
 * that an interrupted run leaves no incomplete folder of this name.
 */
export async function madeOnce(name: string, make: (draft: string) => Promise<unknown>): Promise<string> {
  const folder = `${BENCH}data/${name}`;
  if (existsSync(folder)) return folder;
  process.stderr.write(`bench: making ${name}\n`);
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  await make(draft);
  renameSync(draft, folder);
  return folder;
}
