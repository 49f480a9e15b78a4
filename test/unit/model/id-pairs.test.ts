import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { assignedId } from '../../../shared/model/assigned-id.ts';
import { type IdPair, idPairLine, parseIdPair, readIdPairs } from '../../../shared/model/id-pairs.ts';
import { IdTexts } from '../../../shared/model/id-texts.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

const SKU: IdPair = { kind: 'item', id: assignedId('SKU-3'), text: 'SKU-3' };
const ANNA: IdPair = { kind: 'user', id: assignedId('anna'), text: 'anna' };

describe('an assigned id', () => {
  test('is the first 53 bits of SHA-256', () => {
    // `printf SKU-3 | sha256sum` prints 45d135cd14ff18…: 56 bits, of which the last three are dropped.
    expect(assignedId('SKU-3')).toBe(Number(0x45d135cd14ff18n >> 3n));
    expect(assignedId('SKU-3')).toBe(2456475299651555);
  });

  test.each(['', '7', 'ä', '日本🛒', 'a"b\\c\n', 'x'.repeat(1000)])('of %j follows from the bytes of UTF-8', (text) => {
    const digest = createHash('sha256').update(Buffer.from(text, 'utf8')).digest();
    expect(assignedId(text)).toBe(Number(digest.readBigUInt64BE(0) >> 11n));
  });

  test('needs a text that UTF-8 can spell', () => {
    expect(() => assignedId('a\ud800')).toThrow(new RangeError('"a\\ud800" holds a lone surrogate, so it has no id'));
  });
});

describe('a line of a pair', () => {
  test.each([SKU, ANNA, { kind: 'item', id: 0, text: 'a"\\\n日本🛒' } as const])(
    '%j is read as it was written',
    (pair) => {
      expect(idPairLine(pair)).toBe(`${JSON.stringify(pair)}\n`);
      expect(parseIdPair(idPairLine(pair))).toEqual(pair);
    },
  );

  test.each([
    '',
    '[]',
    '{"kind":"shop","id":1,"text":"a"}',
    '{"kind":"user","id":1.5,"text":"a"}',
    '{"kind":"user","id":9007199254740992,"text":"a"}',
    '{"kind":"user","id":-1,"text":"a"}',
    '{"kind":"user","id":1}',
  ])('%s holds no pair', (line) => {
    expect(parseIdPair(line)).toBeUndefined();
  });
});

describe('reading pairs', () => {
  const action = (user: number, userText: string | null, item: number, itemText: string | null): string =>
    `${JSON.stringify({ timestamp_utc: '2011-12-09T08:00:00Z', client: 'shop', client_userid: userText, userid: user, itemid: item, client_itemid: itemText, rectag: null, type: 1, value: 0 })}\n`;

  async function read(files: Readonly<Record<string, string | Buffer>>, days: readonly number[], wanted?: number) {
    const store = new MemoryStore();
    for (const [name, content] of Object.entries(files)) await store.put(name, content);
    const pairs: string[] = [];
    await readIdPairs(
      store,
      'shop',
      days,
      (kind, id, text, assigned) => pairs.push(`${kind} ${id} ${text}${assigned ? '' : ' (given)'}`),
      wanted === undefined ? {} : { wants: (_kind, id) => id === wanted },
    );
    return pairs;
  }

  test('takes the folder of the pairs where there is one, and the actions elsewhere, day by day', async () => {
    const files = {
      'shop/ids/11/_SUCCESS': '',
      'shop/ids/11/part-00000': idPairLine(ANNA),
      'shop/ids/11/part-00001.gz': gzipSync(idPairLine(SKU)),
      'shop/ids/11/ids-00000.parquet': 'not text',
      'shop/actions/11/part-00000': action(1, 'unread', 2, 'unread'),
      'shop/actions/10/part-00000':
        action(1, 'ben', 2, 'Cup "small"') + action(3, null, 4, '') + action(0, 'nobody', 5, null),
      'shop/actions/10/part-00001.gz': gzipSync(action(9007199254740991, 'ünal', 0, 'x')),
    };
    expect(await read(files, [11, 10, 12, 11])).toEqual([
      'user 1 ben (given)',
      'item 2 Cup "small" (given)',
      'user 9007199254740991 ünal (given)',
      'item 0 x (given)',
      `user ${ANNA.id} anna`,
      `item ${SKU.id} SKU-3`,
    ]);
    expect(await read(files, [10, 11], SKU.id)).toEqual([`item ${SKU.id} SKU-3`]);
    expect(await read(files, [10, 11], 1)).toEqual(['user 1 ben (given)']);
  });

  test('takes the actions while the folder of the pairs is not whole', async () => {
    const files = {
      'shop/ids/11/_BEGUN': '{"requestedAt":"2012-01-01T00:00:00Z","run":"0000000000000000"}',
      'shop/ids/11/part-00000': idPairLine(ANNA),
      'shop/actions/11/part-00000': action(1, 'ben', 2, null),
    };
    expect(await read(files, [11])).toEqual(['user 1 ben (given)']);
  });

  test('names a line that holds no pair', async () => {
    const files = { 'shop/ids/11/_SUCCESS': '', 'shop/ids/11/part-00000': `${idPairLine(ANNA)}{"kind":"user"}\n` };
    await expect(read(files, [11])).rejects.toMatchObject({
      name: 'CorruptInputError',
      message: '/memory/shop/ids/11/part-00000: line 2 is no pair of an id and a text. Group the logs of its day again',
    });
  });
});

describe('the texts of ids', () => {
  test('are the newest', () => {
    const texts = new IdTexts((_kind, id) => id < 10);
    texts.add('user', 1, 'old', false);
    texts.add('user', 1, 'new', false);
    texts.add('item', 1, 'cup', true);
    expect([texts.textOf('user', 1), texts.textOf('item', 1), texts.textOf('item', 2)]).toEqual([
      'new',
      'cup',
      undefined,
    ]);
    expect([texts.wants('user', 9), texts.wants('user', 10)]).toEqual([true, false]);
  });

  test('are never two of one assigned id', () => {
    const texts = new IdTexts();
    texts.add('item', 5, 'given', false);
    texts.add('item', 5, 'b', true);
    texts.add('item', 5, 'b', true);
    expect(() => texts.add('item', 5, 'a', true)).toThrow(
      'the items "a" and "b" have the same assigned id, 5: SHA-256 of both begins with the same 53 bits.',
    );
  });
});
