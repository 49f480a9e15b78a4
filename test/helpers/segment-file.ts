import type { JsonValue } from '../../shared/json.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { openSegments, type SegmentFile } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';

/** Stores a segment file in memory and opens it. */
export async function openInMemory<M extends JsonValue | undefined>(body: Body): Promise<SegmentFile<M>> {
  const store = new MemoryStore('/memory');
  await store.put('file', body);
  return openSegments<M>(store, 'file');
}
