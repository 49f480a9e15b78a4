/**
 * Golden files: texts that were reviewed once and must not change unnoticed. A failure names the file, the first line that
 * differs, and the command that writes the golden file again.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { expectSameBytes, expectSameFiles } from './same-bytes.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
/**
 * The folder of the outputs that last agreed with their golden hashes on this machine, from which a failure finds the first
 * line that has changed since.
 */
const KEPT = '.build/golden-outputs';

export interface Golden {
  /**
   * The path of the golden file, relative to the project. Vitest writes the file with `--update`, and when it is missing and
   * `CI` is not set.
   */
  readonly path: string;
  /** The instructions for a change that is wanted. They end with the command. */
  readonly cure: string;
}

/** A golden file with a hash for each output file. The hash of a gzip file is that of its expanded content. */
export interface GoldenHashes extends Golden {
  /** The folder below `KEPT` for these outputs. */
  readonly name: string;
}

/**
 * Returns the cure with the command that updates the golden files of the calling test file.
 * @param change such as `this change`
 */
export const updateCure = (change: string): string =>
  `If ${change} is wanted, review it and run 'npm test -- ${relative(project, expect.getState().testPath!)} --update'.`;

/** @throws Error as `compareWithGolden`, unless Vitest writes the golden file */
export async function expectGolden(text: string, golden: Golden): Promise<void> {
  await orWritten(text, golden, () => compareWithGolden(text, golden));
}

/** @throws Error as `compareWithHashes`, unless Vitest writes the golden file */
export async function expectGoldenHashes(
  outputs: ReadonlyMap<string, Uint8Array>,
  golden: GoldenHashes,
): Promise<void> {
  await orWritten(`${JSON.stringify(hashesOf(outputs), null, 2)}\n`, golden, () => compareWithHashes(outputs, golden));
}

async function orWritten(text: string, { path }: Golden, compare: () => void): Promise<void> {
  try {
    compare();
  } catch (error) {
    try {
      await expect(text).toMatchFileSnapshot(join(project, path));
    } catch {
      // Vitest has written nothing, and its own message names neither the line nor the cure.
      throw error;
    }
  }
}

/** @throws Error with the cure, when the golden file is missing or a line differs; it names the first line that differs */
export function compareWithGolden(text: string, { path, cure }: Golden): void {
  withCure(cure, () => expectSameBytes(text, readGolden(path), path));
}

/** @throws Error with the cure, when the golden file is missing or output files differ; it names these files */
export function compareWithHashes(outputs: ReadonlyMap<string, Uint8Array>, { name, path, cure }: GoldenHashes): void {
  withCure(cure, () => {
    const expected: Record<string, string> = JSON.parse(readGolden(path));
    const names = (files: object) => Object.fromEntries(Object.keys(files).map((file) => [file, '']));
    const found = hashesOf(outputs);
    expectSameFiles(names(found), names(expected));
    for (const [file, bytes] of outputs) {
      const kept = join(project, KEPT, name, encodeURIComponent(file));
      const wanted = { hash: expected[file]!, kept };
      if (found[file] === wanted.hash) keep(kept, unpacked(file, bytes));
      else throwDifference(file, unpacked(file, bytes), wanted);
    }
  });
}

function readGolden(path: string): string {
  const golden = join(project, path);
  if (!existsSync(golden)) throw new Error(`${path} is missing.`);
  return readFileSync(golden, 'utf8');
}

function throwDifference(
  file: string,
  found: Uint8Array,
  wanted: { readonly hash: string; readonly kept: string },
): void {
  const kept = existsSync(wanted.kept) ? readFileSync(wanted.kept) : undefined;
  if (kept !== undefined && sha256(kept) === wanted.hash) expectSameBytes(found, kept, file);
  throw new Error(
    `${file}: the hash of its bytes is ${sha256(found)}, but ${wanted.hash} is expected. To see the first line that ` +
      `differs, run this test on a commit where it passes (that keeps the bytes in ${KEPT}), then here again.`,
  );
}

function keep(path: string, bytes: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
}

function withCure(cure: string, compare: () => void): void {
  try {
    compare();
  } catch (error) {
    (error as Error).message += `\n${cure}`;
    throw error;
  }
}

const hashesOf = (outputs: ReadonlyMap<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries([...outputs].map(([file, bytes]) => [file, sha256(unpacked(file, bytes))]));

/** Returns the expanded content of a gzip file, whose own bytes depend on the machine's zlib; else the bytes. */
const unpacked = (file: string, bytes: Uint8Array): Uint8Array => (file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
