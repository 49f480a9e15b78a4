/** The generated data of one size, made once: `.bench/data/<size>-<version>/`. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { SIZES, type Size, type SizeName } from './matrix.ts';
import { runNode } from './measure.ts';
import { BENCH } from './places.ts';

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
  const folder = `${BENCH}data/${name}-${VERSION}`;
  if (!existsSync(folder)) {
    process.stderr.write(`bench: generating the data of size ${name}\n`);
    const draft = `${folder}.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    const counts = await runNode<{ actions: number; lines: number }>('generate', { folder: draft, size });
    writeFileSync(`${draft}/counts.json`, JSON.stringify(counts));
    renameSync(draft, folder);
  }
  return { name, folder, ...size, ...(JSON.parse(readFileSync(`${folder}/counts.json`, 'utf8')) as CountsFile) };
}

interface CountsFile {
  readonly actions: number;
  readonly lines: number;
}
