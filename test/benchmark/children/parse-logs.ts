/** Parses the lines of raw logs. The time to expand the logs does not count. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { LineSink } from '../../../shared/lines/line-sink.ts';
import { LineSplitter } from '../../../shared/lines/line-splitter.ts';
import { RawAction } from '../../../shared/model/action-raw.ts';
import { type Measurement, timed } from '../measure.ts';

const { paths } = JSON.parse(process.argv[2]!) as { paths: readonly string[] };
const action = new RawAction();
let lines = 0;
const sink: LineSink = {
  line(buffer, start, end) {
    if (!action.parse(buffer, start, end)) throw new Error(`line ${lines + 1} is rejected: ${action.reason}`);
    lines++;
  },
  tooLong() {
    throw new Error(`line ${lines + 1} is too long`);
  },
};
let total: Measurement = { cpuSeconds: 0, seconds: 0, peakMemoryMb: 0 };
for (const path of paths) {
  const content = gunzipSync(readFileSync(path));
  const { cpuSeconds, seconds, peakMemoryMb } = await timed(() => {
    const splitter = new LineSplitter(sink);
    splitter.push(content);
    splitter.finish();
  });
  total = { cpuSeconds: total.cpuSeconds + cpuSeconds, seconds: total.seconds + seconds, peakMemoryMb };
}
process.stdout.write(`${JSON.stringify({ ...total, lines })}\n`);
