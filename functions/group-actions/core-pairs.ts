/**
 * Merges the pairs of ids and texts that the shards met: sorts those of a part by id, each once, and writes their lines.
 *
 * Two texts of one id end the run. They can only meet here, because the shuffle brings all texts of an id together.
 */
import type { IdKind } from '../../shared/model/assigned-id.ts';
import { idCollision } from '../../shared/model/id-pairs.ts';
import { partOf } from '../../shared/shuffle/parts.ts';
import { textIn } from './core-assign.ts';
import { nextRecord, type RecordBytes, TEXT, USER } from './core-records.ts';

/** An id, with the bytes of its text, printed as JSON. */
export interface PrintedPair {
  readonly id: number;
  readonly text: Buffer;
}

/**
 * Returns the pairs of part `part` of `parts`, each once, by ascending id.
 *
 * @param shuffled records of the kind, of the same buckets from several objects
 * @throws IdCollisionError for two texts of one id
 */
export function pairsOfPart(
  kind: IdKind,
  shuffled: readonly RecordBytes[],
  part: number,
  parts: number,
): readonly PrintedPair[] {
  const all: PrintedPair[] = [];
  for (const { bytes, view } of shuffled) {
    for (let at = 0, end = 0; at < view.byteLength; at = end) {
      end = nextRecord(view, at);
      const id = view.getFloat64(at + USER, true);
      if (parts === 1 || partOf(id, parts) === part) all.push({ id, text: bytes.subarray(at + TEXT, end) });
    }
  }
  // Texts are sorted too, so that an error names the same two in every sharding.
  all.sort((a, b) => a.id - b.id || Buffer.compare(a.text, b.text));
  const pairs: PrintedPair[] = [];
  for (const pair of all) {
    const before = pairs.at(-1);
    if (before?.id !== pair.id) pairs.push(pair);
    else if (!before.text.equals(pair.text)) throw idCollision(kind, pair.id, textOf(before), textOf(pair));
  }
  return pairs;
}

/** Returns the text of a pair. */
export const textOf = ({ text }: PrintedPair): string => textIn(text, 0, text.length);

/** Returns the lines of the pairs, as `idPairLine` writes each. */
export function pairLines(kind: IdKind, pairs: readonly PrintedPair[]): Buffer {
  return Buffer.concat(
    pairs.flatMap(({ id, text }) => [Buffer.from(`{"kind":"${kind}","id":${id},"text":`), text, END]),
  );
}

const END = Buffer.from('}\n');
