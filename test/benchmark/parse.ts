/** Splitting and parsing lines of actions is compared with orjson's `loads` of each line, on one thread. */
import type { Data } from './data.ts';
import { type Failed, inTurns, type Measurement, runNode, runPython } from './measure.ts';
import { cpuRatio, isMeasured, type Section } from './section.ts';

const AT_LEAST = 4;

interface Parsed extends Measurement {
  readonly lines: number;
  /** The sum of the items' ids. */
  readonly items: number;
}

/** @throws Error when the two did not read the same lines */
export async function parse(data: Data, peer: { readonly python: string } | Failed): Promise<Section> {
  const path = `${data.folder}/lines.ndjson`;
  let read: Parsed | undefined;
  const agreed = (parsed: Parsed): Parsed => {
    read ??= parsed;
    if (parsed.lines === read.lines && parsed.items === read.items) return parsed;
    throw new Error(`${path}: ${parsed.lines} lines and items ${parsed.items}, not ${read.lines} and ${read.items}`);
  };
  const { own, orjson } = await inTurns({
    own: async () => agreed(await runNode<Parsed>('parse-lines', { paths: [path] })),
    orjson: async () => {
      if ('failed' in peer) throw new Error(peer.failed);
      return agreed(await runPython<Parsed>(peer.python, 'orjson_lines', { path }));
    },
  });
  const rate = (outcome: typeof own): string =>
    isMeasured(outcome) ? `${(data.lines / outcome.cpuSeconds / 1e6).toFixed(2)} M lines a CPU second` : '';
  return {
    title: `Parsing ${data.lines} lines of actions`,
    text:
      'A plain file is read, split and parsed on one thread. Warming up is included, the start of the process is ' +
      'not. orjson makes a dictionary of each line. The project reads a line’s five fields and checks the rest. ' +
      'Both add up the items’ ids.',
    rows: [{ what: 'orjson / own', ...cpuRatio(orjson, own), target: { atLeast: AT_LEAST } }],
    contenders: [
      { name: 'split and parse', outcome: own, note: rate(own) },
      { name: 'orjson.loads', outcome: orjson, note: rate(orjson) },
    ],
  };
}
