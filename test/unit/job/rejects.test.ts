import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { NoInputError, TooManyRejectsError } from '../../../shared/errors.ts';
import {
  checkRejects,
  type ReadFile,
  type ReadMeta,
  RejectSample,
  readCounts,
  rejectedFile,
} from '../../../shared/job/rejects.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { openSegments, SegmentWriter } from '../../../shared/store/segments.ts';

/**
 * Reads lines that begin with 'good' or 'bad' as one object in shards of these sizes. The last shard takes the rest.
 */
async function readInShards(lines: readonly string[], sizes: readonly number[]) {
  const store = new MemoryStore();
  const files: ReadFile[] = [];
  let at = 0;
  for (const size of [...sizes, lines.length]) {
    const sample = new RejectSample();
    for (const end = Math.min(lines.length, at + size); at < end; at++) {
      const text = Buffer.from(`${lines[at]} ${at}`);
      sample.read(text.length);
      if (lines[at]?.startsWith('bad'))
        sample.add('object', { number: at + 1, offset: 0 }, 'not JSON', text, 0, text.length);
    }
    const writer = new SegmentWriter();
    writer.add('before', new Uint8Array(5));
    await store.put(`shard-${files.length}`, writer.finish(sample.writeTo(writer)));
    files.push(await openSegments<ReadMeta>(store, `shard-${files.length}`));
  }
  return { store, files };
}

/** Returns the lines of the output file made of the samples. */
async function sampleOf({ store, files }: { store: MemoryStore; files: ReadFile[] }): Promise<JsonLine[]> {
  const [file] = rejectedFile(files);
  let text = '';
  for (const { key, start = 0, end } of file?.pieces ?? []) {
    const range = end === undefined ? { start } : { start, end };
    text += new TextDecoder().decode((await store.get(key, { range })).bytes);
  }
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as JsonLine]));
}
interface JsonLine {
  readonly object: string;
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

describe('the sample of rejected lines', () => {
  test('The sample contains the first 100 rejected lines in the order of the input, whatever the shards', async () => {
    const someLines = fc.array(fc.constantFrom('good', 'bad'), { maxLength: 400 });
    const someSizes = fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(someLines, someSizes, async (lines, sizes) => {
        const expected = lines.flatMap((line, at) => (line === 'bad' ? [at + 1] : [])).slice(0, 100);
        const sample = await sampleOf(await readInShards(lines, sizes));
        expect(sample.map(({ line }) => line)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('Each line of the sample gives the place, the reason and the beginning of the line', async () => {
    const sample = await sampleOf(await readInShards(['good', 'bad'], []));
    expect(sample).toEqual([{ object: 'object', line: 2, reason: 'not JSON', text: 'bad 1' }]);
  });

  test('A run without rejected lines has no sample file', async () => {
    expect(rejectedFile((await readInShards(['good', 'good'], [1])).files)).toEqual([]);
  });
});

describe('the share of rejected lines', () => {
  const lines = Array.from({ length: 200 }, (_, at) => (at % 10 === 3 ? 'bad' : 'good'));
  const warnings: string[] = [];
  const runWith = (maxRejectRatio: number) => ({
    settings: { maxRejectRatio },
    log: (_level: string, message: string) => void warnings.push(message),
  });

  beforeEach(() => {
    warnings.length = 0;
  });

  test('The share counts all shards, may equal the limit, and is a warning with the most frequent reason', async () => {
    const { files } = await readInShards(lines, [5, 17, 100]);
    // 20 of the lines are bad.
    expect(readCounts(files)).toMatchObject({ lines: 200, rejected: 20, reasons: { 'not JSON': 20 } });
    expect(await checkRejects(runWith(0.1), files)).toMatchObject({ lines: 200, rejected: 20 });
    expect(warnings).toEqual(['20 of 200 lines were rejected (10.0 %); most often: not JSON (20)']);
  });

  test('The share is shown with a significant digit, however small it is', async () => {
    const { files } = await readInShards(['bad', ...Array.from({ length: 19_999 }, () => 'good')], []);
    await checkRejects(runWith(0.1), files);
    expect(warnings[0]).toMatch(/^1 of 20000 lines were rejected \(0\.005 %/);
  });

  test('A run without rejected lines has no warning', async () => {
    await checkRejects(runWith(0.1), (await readInShards(['good'], [])).files);
    expect(warnings).toEqual([]);
  });

  test('A share above the limit is refused, with the first lines and the cure', async () => {
    const { files } = await readInShards(lines, [5, 17, 100]);
    const error = await checkRejects(runWith(0.099), files).catch((refused: Error) => refused);
    expect(error).toBeInstanceOf(TooManyRejectsError);
    const { message } = error as Error;
    expect(message).toContain('20 of 200 lines were rejected (10.0 %), and maxRejectRatio allows 9.9 %');
    expect(message.match(/"line":\d+/g)).toEqual(['"line":4', '"line":14', '"line":24']);
    expect(message).toContain('raise maxRejectRatio');
    expect(warnings).toEqual([]);
  });

  test('The share of bytes counts when it is larger than that of lines', async () => {
    const long = `bad ${'x'.repeat(500)}`;
    const { files } = await readInShards([...lines, long], [5, 17, 100]);
    await checkRejects(runWith(0.5), files);
    // There are 20 lines 'bad N' and 180 lines 'good N' of 5 to 8 bytes. The long line has 508 bytes with its number.
    expect(warnings[0]).toMatch(/^21 of 201 lines were rejected \(10\.4 %, and \d\d\.\d % of the bytes\)/);
    await expect(checkRejects(runWith(0.2), files)).rejects.toThrow(TooManyRejectsError);
  });

  test('A record that is too long counts as one line, and its bytes count only when it certainly holds several records', async () => {
    const sample = new RejectSample();
    sample.read(100);
    const text = Buffer.from('x');
    sample.addTooLong('object', { number: 2, offset: 0 }, 'longer than 1 MiB', text, 0, 1, 0);
    expect(sample.counts()).toMatchObject({ lines: 2, rejected: 1, bytes: 100, rejectedBytes: 0 });
    sample.addTooLong('object', { number: 3, offset: 0 }, 'longer than 1 MiB', text, 0, 1, 9900);
    expect(sample.counts()).toMatchObject({ lines: 3, rejected: 2, bytes: 10_000, rejectedBytes: 9900 });
  });

  test('An input without lines raises the error for missing input', async () => {
    const { files } = await readInShards([], []);
    await expect(checkRejects(runWith(0), files)).rejects.toThrow(NoInputError);
  });

  test('A limit of 0 refuses the first rejected line', async () => {
    const { files } = await readInShards(['bad', ...lines], []);
    await expect(checkRejects(runWith(0), files)).rejects.toBeInstanceOf(TooManyRejectsError);
  });
});
