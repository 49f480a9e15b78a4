/** Splits files of grouped actions into lines and parses them, as the models' jobs do; adds up the items' ids. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type LineSink, LineSplitter } from '../../../shared/lines/line-splitter.ts';
import { GroupedAction } from '../../../shared/model/action-grouped.ts';
import { timed } from '../measure.ts';

const CHUNK_BYTES = 1 << 18;

const { paths } = JSON.parse(process.argv[2] as string) as { paths: readonly string[] };
const action = new GroupedAction();
let lines = 0;
let items = 0;
const sink: LineSink = {
  line(buffer, start, end) {
    if (!action.parse(buffer, start, end)) throw new Error(`line ${lines + 1} is rejected: ${action.reason}`);
    lines++;
    items += action.item;
  },
  tooLong() {
    throw new Error(`line ${lines + 1} is too long`);
  },
};
const measurement = timed(() => {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  for (const path of paths) {
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
});
process.stdout.write(`${JSON.stringify({ ...measurement, lines, items })}\n`);
