import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DamagedObjectError } from '../../../shared/errors.ts';
import {
  type JsonRecord,
  openSealed,
  openSealedEntry,
  openSealedList,
  sealed,
  sealedList,
} from '../../../shared/store/sealed.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Yields all damaged versions of an object: one flipped bit in each byte, and every prefix including the empty one. */
function* damages(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at] = bytes[at]! ^ (1 << (at % 8));
    yield flipped;
    yield bytes.slice(0, at);
  }
}

const records = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonRecord>;

describe('a sealed record', () => {
  test('A sealed record is JSON with one more member, the CRC-32 of the others', () => {
    // Python: '%08x' % zlib.crc32(b'{"day":15317,"run":"07f3"}')
    expect(sealed({ run: '07f3', day: 15317 })).toBe('{"checksum":"92902f09","day":15317,"run":"07f3"}');
  });

  test('A sealed record is read back, on one line or indented', () => {
    fc.assert(
      fc.property(records, fc.constantFrom(undefined, 2), (record, indent) => {
        const { checksum: _checksum, ...rest } = JSON.parse(JSON.stringify(record));
        expect(openSealed(bytesOf(sealed(record, indent)), 'x')).toEqual(rest);
      }),
    );
  });

  test("A flipped bit or a cut raises a named error or leaves the record's content as it was", () => {
    const record = { day: 15317, run: '07f3', files: [{ name: 'part-00000', size: 12 }], checksums: null };
    let noticed = 0;
    for (const bytes of damages(bytesOf(sealed(record, 2)))) {
      try {
        // A flip in the name of the member `checksum` leaves a record that holds all of the other members.
        expect(openSealed(bytes, '/out/_SUCCESS')).toMatchObject(record);
      } catch (error) {
        if (!(error instanceof DamagedObjectError)) throw error;
        expect(error.message).toMatch(
          /^\/out\/_SUCCESS is damaged: .+\. Remove it, and run again: it is computed anew\.$/,
        );
        noticed++;
      }
    }
    expect(noticed).toBeGreaterThan(200);
  });

  test('A document without a checksum, as earlier versions wrote it, is read', () => {
    expect(openSealed(bytesOf('{"run":"07f3"}'), 'x')).toEqual({ run: '07f3' });
  });

  test.each([
    ['', 'it is empty'],
    ['{"run":"07', 'its 10 bytes are not JSON'],
    ['[]', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    ['{"run":"07f4","day":15317,"checksum":"92902f09"}', 'its checksum is "92902f09", and its content has '],
    ['{"checksum":1}', 'its checksum is 1, and its content has '],
  ])('The document %s is refused: %s', (text, why) => {
    expect(() => openSealed(bytesOf(text), '/out/claim.json', 'Do this.')).toThrow(DamagedObjectError);
    expect(() => openSealed(bytesOf(text), '/out/claim.json', 'Do this.')).toThrow(
      `/out/claim.json is damaged: ${why}`,
    );
    expect(() => openSealed(bytesOf(text), '/out/claim.json', 'Do this.')).toThrow(/ Do this\.$/);
  });

  test('Sealing a record again replaces its checksum', () => {
    const first = JSON.parse(sealed({ a: 1 }));
    expect(openSealed(bytesOf(sealed({ ...first, b: 2 })), 'x')).toEqual({ a: 1, b: 2 });
  });
});

describe('a sealed list', () => {
  const list = [
    { from: 0, to: 7 },
    { from: 7, to: 20 },
    { from: 20, to: 21 },
  ];
  const numbered = list.map((entry, index) => ({ ...entry, index }));

  test('A sealed list is read back, and each entry carries its index', () => {
    expect(openSealedList(bytesOf(sealedList(list)), 'x')).toEqual(numbered);
    expect(openSealedList(bytesOf(sealedList([])), 'x')).toEqual([]);
  });

  test('A flipped bit or a cut raises a named error', () => {
    let tried = 0;
    for (const bytes of damages(bytesOf(sealedList(list)))) {
      expect(() => openSealedList(bytes, 'x')).toThrow(DamagedObjectError);
      tried++;
    }
    expect(tried).toBeGreaterThan(300);
  });

  test('An entry can be checked alone, as a state machine passes it on', () => {
    const entries = JSON.parse(sealedList(list)) as JsonRecord[];
    expect(openSealedEntry(entries[1]!, 'x')).toEqual(numbered[1]);
    expect(() => openSealedEntry({ ...entries[1], to: 21 }, 'x')).toThrow(DamagedObjectError);
  });

  test('Missing, doubled and reordered entries are noticed', () => {
    const entries = JSON.parse(sealedList(list)) as JsonRecord[];
    for (const places of [
      [0, 1],
      [0, 1, 1],
      [1, 0, 2],
      [0, 1, 2, 2],
    ]) {
      const text = JSON.stringify(places.map((place) => entries[place]));
      expect(() => openSealedList(bytesOf(text), 'x')).toThrow(
        /entry \d is not the one that was written at this place/,
      );
    }
  });
});
