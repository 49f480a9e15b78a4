/** The tallies (`core-tally.ts`) in the objects of `scan` and `repair`: a section for each client with an action. */
import { bytesOf, doublesIn } from '../../shared/columns/bytes.ts';
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import { DayTally } from './core-tally.ts';

/** The bytes of tallies that are read at a time. */
const BATCH_BYTES = 64 << 20;

/** Adds the tallies of a shard. They are neighbours in the file, so that those of many clients are read with one request. */
export function addTallies(
  writer: SegmentWriter,
  tallies: readonly (readonly [client: string, tally: DayTally])[],
): void {
  for (const [client, tally] of tallies) writer.add(sectionName(client), bytesOf(tally.toColumns()));
}

/**
 * Yields the tally of each client over all files, in the order of the clients.
 *
 * @param day the day of the run, in days since 1970-01-01 UTC
 */
export async function* readTallies(
  files: readonly SegmentFile[],
  clients: readonly string[],
  day: number,
): AsyncGenerator<DayTally> {
  for (const batch of batchesOf(files, clients)) {
    const tallies = new Map(batch.map((client) => [client, new DayTally(day)]));
    for (const file of files) {
      const own = batch.filter((client) => file.has(sectionName(client)));
      const sections = await file.readMany(own.map(sectionName));
      for (const [place, client] of own.entries()) tallies.get(client)!.merge(doublesIn(sections[place]!));
    }
    yield* tallies.values();
  }
}

/** Cuts the clients into batches whose tallies fit into memory. */
function batchesOf(files: readonly SegmentFile[], clients: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const client of clients) {
    const section = sectionName(client);
    const own = files.reduce((sum, file) => sum + (file.has(section) ? file.length(section) : 0), 0);
    if (bytes + own > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(client);
    bytes += own;
  }
  return batches;
}

/** No section of records has this name, because there a kind and a further name follow after the client's. */
const sectionName = (client: string): string => `${client}/tally`;
