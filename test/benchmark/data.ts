/** The generated data of one size in `.bench/data/<size>-<version>/`, which are generated once. */
import { readFileSync, writeFileSync } from 'node:fs';
import { madeOnce } from './made-once.ts';
import { SIZES, type Size, type SizeName } from './matrix.ts';
import { runNode } from './measure.ts';

/** Raise it when the generator changes, so that the data are generated again. */
const VERSION = 1;

export interface Data extends Size {
  readonly name: SizeName;
  readonly folder: string;
  /** The number of actions in the logs, which is the sum of all scores. */
  readonly actions: number;
  /** The number of lines in `lines.ndjson`. */
  readonly lines: number;
}

export async function generatedData(name: SizeName): Promise<Data> {
  const size = SIZES[name];
  const folder = await madeOnce(`${name}-${VERSION}`, async (draft) => {
    const counts = await runNode<CountsFile>('generate', { folder: draft, size });
    writeFileSync(`${draft}/counts.json`, JSON.stringify(counts));
  });
  return { name, folder, ...size, ...(JSON.parse(readFileSync(`${folder}/counts.json`, 'utf8')) as CountsFile) };
}

interface CountsFile {
  readonly actions: number;
  readonly lines: number;
}
