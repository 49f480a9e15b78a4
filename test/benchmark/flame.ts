/** The time of grouping a million actions by function: a flame graph, and the functions that take the most time. */
import { writeFileSync } from 'node:fs';
import { flameGraph } from './flame-graph.ts';
import { inTurns } from './measure.ts';
import { FLAME_GRAPH } from './places.ts';
import { type Frame, heaviest, readProfiles } from './profile.ts';
import type { Row, Section } from './section.ts';
import { groupShop, shopOf } from './shop-jobs.ts';

const ACTIONS = 1_000_000;
const FUNCTIONS = 12;

export async function flame(): Promise<Section> {
  const shop = await shopOf(ACTIONS);
  const profile = `${shop.folder}/profile`;
  const pool = { workers: 1, profile };
  const { grouping } = await inTurns({ grouping: () => groupShop(shop, 'gzip', `${shop.folder}/flame`, pool) }, 1);
  const calls = readProfiles(profile);
  writeFileSync(FLAME_GRAPH, flameGraph(calls));
  return {
    title: 'Where grouping’s time goes',
    text:
      `group-actions on ${ACTIONS} actions, from gzip to gzip, with one worker, under V8’s sampling profiler. The ` +
      'table shows the share of the process’s time that the heaviest functions spend in themselves. The graph ' +
      'shows who calls whom. Blue is the project, grey is Node, orange is WebAssembly, the garbage collector and ' +
      'native code.\n\n![A flame graph](flame.svg)',
    rows: heaviest(calls, FUNCTIONS).map((frame) => shareRow(frame, calls.seconds)),
    contenders: [{ name: 'group-actions, profiled', outcome: grouping }],
  };
}

const shareRow = ({ name, file, line, ownSeconds }: Frame, total: number): Row => ({
  what: `${name}${file === '' ? '' : `, ${file}:${line}`}`,
  ratio: ownSeconds / total,
  note: `${ownSeconds.toFixed(2)} s of ${total.toFixed(2)} s`,
});
