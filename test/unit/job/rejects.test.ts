import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { NoInputError, TooManyRejectsError } from '../../../shared/errors.ts';
import { checkRejects, RejectSample, readCounts, rejectedFile } from '../../../shared/job/rejects.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { openSegments, type SegmentFile, SegmentWriter } from '../../../shared/store/segments.ts';

/** A line is 'good' or 'bad'; `lines` of one object in shards of the sizes given, the last one takes the rest. */
async function readInShards(lines: readonly string[], sizes: readonly number[]) {
  const store = new MemoryStore();
  const files: SegmentFile[] = [];
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
    files.push(await openSegments(store, `shard-${files.length}`));
  }
  return { store, files };
}

/** What the output file made of the samples holds, line by line. */
async function sampleOf({ store, files }: { store: MemoryStore; files: SegmentFile[] }): Promise<JsonLine[]> {
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

describe('the sample', () => {
  test('holds the first 100 in the order of the input, whatever the shards', async () => {
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

  test('says where, why, and how the line begins', async () => {
    const sample = await sampleOf(await readInShards(['good', 'bad'], []));
    expect(sample).toEqual([{ object: 'object', line: 2, reason: 'not JSON', text: 'bad 1' }]);
  });

  test('of nothing rejected is no file', async () => {
    expect(rejectedFile((await readInShards(['good', 'good'], [1])).files)).toEqual([]);
  });
});

describe('the share of rejects', () => {
  const lines = Array.from({ length: 200 }, (_, at) => (at % 10 === 3 ? 'bad' : 'good'));
  const warnings: string[] = [];
  const runWith = (maxRejectRatio: number) => ({
    settings: { maxRejectRatio },
    log: (_level: string, message: string) => void warnings.push(message),
  });

  beforeEach(() => {
    warnings.length = 0;
  });

  test('is taken over all shards, may reach the limit, and is a warning with the commonest reason', async () => {
    const { files } = await readInShards(lines, [5, 17, 100]);
    // 'bad 3', 'good 0', …: 20 of the former.
    expect(readCounts(files)).toMatchObject({ lines: 200, rejected: 20, reasons: { 'not JSON': 20 } });
    expect(await checkRejects(runWith(0.1), files)).toMatchObject({ lines: 200, rejected: 20 });
    expect(warnings).toEqual(['20 of 200 lines were rejected (10.0 %); most often: not JSON (20)']);
  });

  test('is told with a digit, however small', async () => {
    const { files } = await readInShards(['bad', ...Array.from({ length: 19_999 }, () => 'good')], []);
    await checkRejects(runWith(0.1), files);
    expect(warnings[0]).toMatch(/^1 of 20000 lines were rejected \(0\.005 %/);
  });

  test('of nothing rejected warns of nothing', async () => {
    await checkRejects(runWith(0.1), (await readInShards(['good'], [])).files);
    expect(warnings).toEqual([]);
  });

  test('above the limit is refused, with the first ones and the cure', async () => {
    const { files } = await readInShards(lines, [5, 17, 100]);
    const error = await checkRejects(runWith(0.099), files).catch((refused: Error) => refused);
    expect(error).toBeInstanceOf(TooManyRejectsError);
    const { message } = error as Error;
    expect(message).toContain('20 of 200 lines were rejected (10.0 %), and maxRejectRatio allows 9.9 %');
    expect(message.match(/"line":\d+/g)).toEqual(['"line":4', '"line":14', '"line":24']);
    expect(message).toContain('raise maxRejectRatio');
    expect(warnings).toEqual([]);
  });

  test('is that of the bytes where that is larger', async () => {
    const long = `bad ${'x'.repeat(500)}`;
    const { files } = await readInShards([...lines, long], [5, 17, 100]);
    await checkRejects(runWith(0.5), files);
    // 20 'bad N' and 180 'good N' of 5 to 8 bytes; the long line has 508 with its number.
    expect(warnings[0]).toMatch(/^21 of 201 lines were rejected \(10\.4 %, and \d\d\.\d % of the bytes\)/);
    await expect(checkRejects(runWith(0.2), files)).rejects.toThrow(TooManyRejectsError);
  });

  test('counts a record that is too long as a line, and its bytes only where it is surely several', async () => {
    const sample = new RejectSample();
    sample.read(100);
    const text = Buffer.from('x');
    sample.addTooLong('object', { number: 2, offset: 0 }, 'longer than 1 MiB', text, 0, 1, 0);
    expect(sample.counts()).toMatchObject({ lines: 2, rejected: 1, bytes: 100, rejectedBytes: 0 });
    sample.addTooLong('object', { number: 3, offset: 0 }, 'longer than 1 MiB', text, 0, 1, 9900);
    expect(sample.counts()).toMatchObject({ lines: 3, rejected: 2, bytes: 10_000, rejectedBytes: 9900 });
  });

  test('of an input without a line is none: there is no input', async () => {
    const { files } = await readInShards([], []);
    await expect(checkRejects(runWith(0), files)).rejects.toThrow(NoInputError);
  });

  test('0 refuses the first reject', async () => {
    const { files } = await readInShards(['bad', ...lines], []);
    await expect(checkRejects(runWith(0), files)).rejects.toBeInstanceOf(TooManyRejectsError);
  });
});
