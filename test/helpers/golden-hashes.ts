/**
 * The golden files of an output: a hash of every output file, and the first bytes of those that are text. A failure shows the
 * first line that differs, if it lies in these bytes or if the output agreed with its hashes on this machine before.
 */

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type Golden, readGolden, withCure } from './golden.ts';
import { expectSameBytes, expectSameFiles } from './same-bytes.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
/** The folder of the outputs that last agreed with their golden hashes on this machine. */
const KEPT = '.build/golden-outputs';
/** The number of bytes of a text file that are committed. */
export const BEGINNING_BYTES = 2048;

/**
 * `path` names a JSON file with a hash for each output file. The hash of a gzip file is that of its expanded content. The folder
 * beside it, without `.json`, holds the beginnings of the files.
 */
export interface GoldenHashes extends Golden {
  /** The folder below `KEPT` for these outputs. */
  readonly name: string;
}

/** Output file → bytes. */
type Outputs = ReadonlyMap<string, Uint8Array>;

/**
 * Compares outputs with their golden files. Missing golden files are written, unless `CI` is set. Existing ones are never
 * overwritten, not even with `--update`: other bytes need another version, which has files of its own.
 *
 * @throws Error as `compareWithHashes`
 */
export function expectGoldenHashes(outputs: Outputs, golden: GoldenHashes): void {
  if (!process.env.CI && !existsSync(join(project, golden.path))) writeGolden(outputs, golden.path);
  compareWithHashes(outputs, golden);
}

function writeGolden(outputs: Outputs, path: string): void {
  rmSync(join(project, folderBeside(path)), { recursive: true, force: true });
  write(join(project, path), Buffer.from(`${JSON.stringify(hashesOf(outputs), null, 2)}\n`));
  for (const [file, bytes] of outputs) {
    const beginning = beginningOf(unpacked(file, bytes));
    if (beginning !== undefined) write(join(project, beginningPath(path, file)), beginning);
  }
  process.stderr.write(`${path} and the folder ${folderBeside(path)} were written: commit them\n`);
}

/** @throws Error with the cure, when a golden file is missing or output files differ; it names these files */
export function compareWithHashes(outputs: Outputs, { name, path, cure }: GoldenHashes): void {
  withCure(cure, () => {
    const expected: Record<string, string> = JSON.parse(readGolden(path).toString());
    const names = (files: object) => Object.fromEntries(Object.keys(files).map((file) => [file, '']));
    const found = hashesOf(outputs);
    expectSameFiles(names(found), names(expected));
    for (const [file, bytes] of outputs) {
      const content = unpacked(file, bytes);
      const kept = join(project, KEPT, name, encodeURIComponent(file));
      const committed = beginningPath(path, file);
      if (found[file] !== expected[file]) throwDifference(file, content, { hash: expected[file]!, kept, committed });
      const beginning = beginningOf(content);
      if (beginning !== undefined) expectSameBytes(readGolden(committed), beginning, committed);
      write(kept, content);
    }
  });
}

interface Wanted {
  readonly hash: string;
  /** The path of the whole file that agreed last. */
  readonly kept: string;
  /** The path of the committed beginning, relative to the project. */
  readonly committed: string;
}

function throwDifference(file: string, found: Uint8Array, { hash, kept, committed }: Wanted): never {
  const whole = existsSync(kept) ? readFileSync(kept) : undefined;
  if (whole !== undefined && sha256(whole) === hash) expectSameBytes(found, whole, file);
  if (existsSync(join(project, committed))) {
    const first = readGolden(committed);
    expectSameBytes(found.subarray(0, BEGINNING_BYTES), first, `${file}, its first ${BEGINNING_BYTES} bytes`);
  }
  throw new Error(
    `${file}: the hash of its bytes is ${sha256(found)}, but ${hash} is expected. To see the first line that ` +
      `differs, run this test on a commit where it passes (that keeps the bytes in ${KEPT}), then here again.`,
  );
}

/** Returns the first bytes of a text; undefined for binary bytes, whose lines cannot be shown. */
function beginningOf(content: Uint8Array): Uint8Array | undefined {
  return isUtf8(content) && !content.includes(0) ? content.subarray(0, BEGINNING_BYTES) : undefined;
}

const folderBeside = (path: string): string => path.replace(/\.json$/, '');

const beginningPath = (path: string, file: string): string => `${folderBeside(path)}/${file.replace(/\.gz$/, '')}`;

function write(path: string, bytes: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

const hashesOf = (outputs: Outputs): Record<string, string> =>
  Object.fromEntries([...outputs].map(([file, bytes]) => [file, sha256(unpacked(file, bytes))]));

/** Returns the expanded content of a gzip file, whose own bytes depend on the machine's zlib; else the bytes. */
const unpacked = (file: string, bytes: Uint8Array): Uint8Array => (file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
