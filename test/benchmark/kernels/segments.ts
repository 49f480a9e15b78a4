/** For cores that take or give segment files alone: one that never leaves memory. */
import { collectBody } from '../../../shared/store/body.ts';
import { indexRange, parseIndex } from '../../../shared/store/segment-index.ts';
import { SegmentFile } from '../../../shared/store/segments.ts';
import type { Body } from '../../../shared/store/store.ts';

const NOWHERE = 'memory';

export async function segmentsIn(body: Body): Promise<SegmentFile> {
  const bytes = await collectBody(body);
  const info = { key: NOWHERE, etag: NOWHERE, size: bytes.byteLength };
  const { start, end } = indexRange(NOWHERE, { ...info, bytes, info });
  const index = parseIndex(NOWHERE, bytes.subarray(start, end), start);
  return new SegmentFile(NOWHERE, NOWHERE, index, { from: 0, bytes }, async (from, to) => bytes.subarray(from, to));
}
