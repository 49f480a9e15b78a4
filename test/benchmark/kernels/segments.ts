/** A segment file in memory, for core functions that read or write segment files. */
import { collectBody } from '../../../shared/store/body.ts';
import { indexRange, parseIndex } from '../../../shared/store/segment-index.ts';
import { SegmentFile, type Source } from '../../../shared/store/segments.ts';
import type { Body } from '../../../shared/store/store.ts';

const NOWHERE = 'memory';

export async function segmentsIn(body: Body): Promise<SegmentFile> {
  const bytes = await collectBody(body);
  const info = { key: NOWHERE, etag: NOWHERE, size: bytes.byteLength };
  const { start, end } = indexRange({ ...info, bytes, info });
  const index = parseIndex(bytes.subarray(start, end), start);
  const source: Source = {
    key: NOWHERE,
    read: async (from, to) => bytes.subarray(from, to),
    stream: async function* (from, to) {
      yield bytes.subarray(from, to);
    },
    onDamage: async (why) => new Error(why),
  };
  return new SegmentFile(source, index, { from: 0, bytes });
}
