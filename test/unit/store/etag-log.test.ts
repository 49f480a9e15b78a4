import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EtagLog } from '../../../shared/store/etag-log.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const etag = (digit: number) => String(digit).repeat(32);
const lines = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

describe('a log of ETags', () => {
  test('A later run reads what an earlier run has found, and each file has one line', () => {
    const path = join(temporaryFolder(), 'new/etags');
    const first = new EtagLog(path);
    expect(first.get('1:2:3')).toBeUndefined();
    first.add('1:2:3', etag(1));
    first.add('1:2:3', etag(1));
    first.add('1:2:4', etag(2));
    expect(lines(path)).toEqual([`1:2:3 ${etag(1)}`, `1:2:4 ${etag(2)}`]);
    const second = new EtagLog(path);
    expect([second.get('1:2:3'), second.get('1:2:4'), second.get('9')]).toEqual([etag(1), etag(2), undefined]);
  });

  test('Malformed lines are ignored', () => {
    const path = join(temporaryFolder(), 'etags');
    writeFileSync(path, `1 ${etag(1)}\n2 ${etag(2).slice(1)}\n\n3 ${etag(3)}x\n4\n5 ${etag(5)}`);
    const log = new EtagLog(path);
    expect(['1', '2', '3', '4', '5'].map((state) => log.get(state))).toEqual([
      etag(1),
      ...[undefined, undefined, undefined],
      etag(5),
    ]);
  });

  test('The older half of the log is dropped once that half has 20,000 files', () => {
    const path = join(temporaryFolder(), 'etags');
    writeFileSync(path, Array.from({ length: 40_001 }, (_, file) => `${file} ${etag(7)}\n`).join(''));
    const log = new EtagLog(path);
    expect([log.get('20000'), log.get('20001'), log.get('40000')]).toEqual([undefined, etag(7), etag(7)]);
    expect(lines(path)).toHaveLength(20_000);
    expect(new EtagLog(path).get('20001')).toBe(etag(7));
  });

  test('ETags are kept in memory when the log cannot be written', () => {
    const folder = temporaryFolder();
    // A file takes the place of the log's folder.
    writeFileSync(join(folder, 'file'), '');
    const log = new EtagLog(join(folder, 'file/etags'));
    log.add('1', etag(1));
    log.add('2', etag(2));
    expect([log.get('1'), existsSync(join(folder, 'file/etags'))]).toEqual([etag(1), false]);
  });
});
