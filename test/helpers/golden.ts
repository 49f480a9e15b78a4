/**
 * Golden files: texts that were reviewed once and must not change unnoticed. A failure names the file, the first line that
 * differs, and the command that writes the golden file again.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { expectSameBytes } from './same-bytes.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

export interface Golden {
  /** The path of the golden file, relative to the project. A missing file is written, unless `CI` is set. */
  readonly path: string;
  /** The instructions for a change that is wanted. They end with the command. */
  readonly cure: string;
}

/**
 * Returns the cure with the command that updates the golden files of the calling test file.
 * @param change such as `this change`
 */
export const updateCure = (change: string): string =>
  `If ${change} is wanted, review it and run 'npm test -- ${relative(project, expect.getState().testPath!)} --update'.`;

/** @throws Error as `compareWithGolden`, unless Vitest writes the golden file, as it does with `--update` */
export async function expectGolden(text: string, golden: Golden): Promise<void> {
  try {
    compareWithGolden(text, golden);
  } catch (error) {
    try {
      await expect(text).toMatchFileSnapshot(join(project, golden.path));
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

/** @throws Error when the file is missing */
export function readGolden(path: string): Buffer {
  const golden = join(project, path);
  if (!existsSync(golden)) throw new Error(`${path} is missing.`);
  return readFileSync(golden);
}

/** Adds the cure to the error that `compare` throws. */
export function withCure(cure: string, compare: () => void): void {
  try {
    compare();
  } catch (error) {
    (error as Error).message += `\n${cure}`;
    throw error;
  }
}
