import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeLines } from '../../../functions/matrix-factorization/merge-lines.ts';

/** Yields a text in chunks of `size` bytes. */
async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

const linesOf = (ids: readonly number[]): string =>
  [...ids]
    .sort((a, b) => a - b)
    .map((id) => `${id}|${id / 8},-1e-05\n`)
    .join('');

describe('runs of lines', () => {
  test('The merged lines ascend by id, whatever the runs and their chunks are', async () => {
    const id = fc.oneof(fc.nat(30), fc.constantFrom(2 ** 32 + 5, 2 ** 53 - 1));
    const someIds = fc.uniqueArray(id, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        someIds,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 50 }),
        async (ids, n, size) => {
          const runs = Array.from({ length: n }, (_, run) => linesOf(ids.filter((_, place) => place % n === run)));
          expect(await textOf(mergeLines(runs.map((run) => chunksOf(run, size))))).toBe(linesOf(ids));
        },
      ),
    );
  });

  test('A run that ends within a line is refused', async () => {
    const runs = ['1|0.5\n7|0.2', '3|1\n'].map((run) => chunksOf(run, 4));
    await expect(textOf(mergeLines(runs))).rejects.toMatchObject({ name: 'CorruptInputError' });
  });
});
