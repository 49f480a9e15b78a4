/** Splits files of grouped actions into lines and parses them, as the models' jobs do; adds up the items' ids. */
import { closeSync, openSync, readSync } from 'node:fs';
import { LineSplitter } from '../../../shared/lines/line-splitter.ts';
import { ActionReader } from '../../../shared/model/read-actions.ts';
import { timed } from '../measure.ts';

const CHUNK_BYTES = 1 << 18;

const { paths } = JSON.parse(process.argv[2] as string) as { paths: readonly string[] };
let items = 0;
const rejects = {
  lines: 0,
  add(object: string, { number }: { readonly number: number | undefined }, reason: string) {
    throw new Error(`${object}, line ${number} is rejected: ${reason}`);
  },
};
const measurement = timed(() => {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  for (const path of paths) {
    const reader = new ActionReader(path, rejects, (batch) => {
      for (let row = 0; row < batch.count; row++) items += batch.items[row] as number;
    });
    const splitter = new LineSplitter(reader);
    const file = openSync(path, 'r');
    for (;;) {
      const read = readSync(file, chunk);
      if (read === 0) break;
      splitter.push(read === chunk.length ? chunk : chunk.subarray(0, read));
    }
    closeSync(file);
    splitter.finish();
    reader.finish();
  }
});
process.stdout.write(`${JSON.stringify({ ...measurement, lines: rejects.lines, items })}\n`);
