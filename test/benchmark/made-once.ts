/** Folders under `.bench/data/` that are made once and then kept. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { BENCH } from './places.ts';

/** `make` fills a draft, which takes the name once it is whole: a run that was broken off leaves nothing half made. */
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
