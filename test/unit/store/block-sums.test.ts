import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockSums, blockBytesOf, sumsOf, wholeBlocks } from '../../../shared/store/block-sums.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('blocks of a section', () => {
  test.each([
    [0, 16 * KIB],
    [1, 16 * KIB],
    [4 * MIB, 16 * KIB],
    [4 * MIB + 1, 32 * KIB],
    [100 * MIB, 512 * KIB],
    [256 * MIB, MIB],
    [50_000 * MIB, MIB],
  ])('A section of %i bytes has blocks of %i bytes', (length, block) => {
    expect(blockBytesOf(length)).toBe(block);
  });

  test('A range is widened to whole blocks, and the last block may be shorter', () => {
    expect(wholeBlocks({ start: 20_000, end: 21_000 }, 40_000)).toEqual({ start: 16_384, end: 32_768 });
    expect(wholeBlocks({ start: 16_384, end: 32_769 }, 40_000)).toEqual({ start: 16_384, end: 40_000 });
  });
});

describe('checksums of blocks', () => {
  test('Checksums are the same however the section is divided into chunks', () => {
    const bytes = new Uint8Array(100_000).map((_, at) => at % 253);
    const whole = sumsOf([bytes], bytes.length);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        const sorted = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = sorted.slice(1).map((cut, at) => bytes.subarray(sorted[at], cut));
        expect(sumsOf(chunks, bytes.length)).toBe(whole);
        const check = new BlockSums(whole, bytes.length).checkFrom(0);
        for (const chunk of chunks) expect(check.add(chunk)).toBe(true);
        expect(check.end()).toBe(true);
      }),
    );
  });

  test('A flipped bit is noticed in the block that holds it, and in no other block', () => {
    const bytes = new Uint8Array(40_000);
    const sums = new BlockSums(sumsOf([bytes], bytes.length), bytes.length);
    bytes[20_000] = 4;
    expect(sums.areWhole(bytes.subarray(0, 16_384), 0)).toBe(true);
    expect(sums.areWhole(bytes.subarray(16_384, 32_768), 16_384)).toBe(false);
    expect(sums.areWhole(bytes.subarray(32_768), 32_768)).toBe(true);
    expect(sums.areWhole(bytes, 0)).toBe(false);
  });

  test('Checksums that do not fit the length of the section are refused', () => {
    expect(() => new BlockSums('', 1)).toThrow(RangeError);
    expect(() => new BlockSums('AAAAAA', 0)).toThrow(RangeError);
    expect(() => new BlockSums('AAAAAA', 16 * KIB + 1)).toThrow(RangeError);
  });
});
