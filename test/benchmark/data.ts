/** The generated data of one size, made once: `.bench/data/<size>-<version>/`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { madeOnce } from './made-once.ts';
import { SIZES, type Size, type SizeName } from './matrix.ts';
import { runNode } from './measure.ts';

/** Raise it when the generator changes: data of another version are made anew. */
const VERSION = 1;

export interface Data extends Size {
  readonly name: SizeName;
  readonly folder: string;
  /** Actions in the logs: the sum of all scores. */
  readonly actions: number;
  /** Lines in `lines.ndjson`. */
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
