/** Reads plain files by the parsers of the jobs, without a store. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { Growable } from '../../shared/columns/growable.ts';
import type { LineSink } from '../../shared/lines/line-sink.ts';
import { LineSplitter } from '../../shared/lines/line-splitter.ts';
import { parseItemLine } from '../../shared/model/item-line.ts';
import { ActionReader, type BatchSink } from '../../shared/model/read-actions.ts';

const CHUNK_BYTES = 1 << 18;

/** Returns the data files of a folder, in the order of their names. */
export function filesIn(folder: string, suffix = ''): string[] {
  const names = readdirSync(folder).filter((name) => !name.startsWith('_') && name.endsWith(suffix));
  return names.sort().map((name) => join(folder, name));
}

/** Passes the lines of a file to `sink`, reading the file in chunks. */
function splitFile(path: string, sink: LineSink): void {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const splitter = new LineSplitter(sink);
  const file = openSync(path, 'r');
  for (;;) {
    const read = readSync(file, chunk);
    if (read === 0) break;
    splitter.push(read === chunk.length ? chunk : chunk.subarray(0, read));
  }
  closeSync(file);
  splitter.finish();
}

function refuseReject(object: string, { number }: { readonly number: number | undefined }, reason: string): never {
  throw new Error(`${object}, line ${number} is rejected: ${reason}`);
}

/** Reads grouped actions and returns their number. @throws Error for a line that is no action */
export function readActionFiles(paths: readonly string[], onBatch: BatchSink): number {
  const rejects = {
    lines: 0,
    read(_bytes: number, lines = 1) {
      this.lines += lines;
    },
    add: refuseReject,
    addTooLong: refuseReject,
  };
  for (const path of paths) {
    const reader = new ActionReader(path, rejects, onBatch);
    splitFile(path, reader);
    reader.finish();
  }
  return rejects.lines;
}

/**
 * Reads lines of item ids and returns their number. The array that `take` gets is valid only during the call.
 *
 * @throws Error for a line that has no item ids
 */
export function readItemLineFiles(paths: readonly string[], take: (ids: Float64Array) => void): number {
  const ids = new Growable(Float64Array);
  let lines = 0;
  const sink: LineSink = {
    line(buffer, start, end) {
      lines++;
      ids.truncate(0);
      const parsed = parseItemLine(buffer, start, end, ids);
      if (typeof parsed !== 'number') throw new Error(`line ${lines} is rejected: ${parsed}`);
      take(ids.view());
    },
    tooLong() {
      throw new Error(`line ${lines + 1} is too long`);
    },
  };
  for (const path of paths) splitFile(path, sink);
  return lines;
}
