/** Reads the files of V8's sampling profiler (`--cpu-prof`, one for each thread) as one tree of calls. */
import { readdirSync, readFileSync } from 'node:fs';
import { PROJECT } from './places.ts';

export interface Frame {
  readonly name: string;
  /** The path relative to the project, or `node:…`; empty for the garbage collector and the compiler. */
  readonly file: string;
  readonly line: number;
  /** The time of the frame and of the calls below it. */
  seconds: number;
  /** The time of the frame without the calls below it. */
  ownSeconds: number;
  readonly calls: Map<string, Frame>;
}

interface ProfileFile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** The time of each sample in microseconds. */
  readonly timeDeltas: readonly number[];
}

type ProfileNode = ProfileFile['nodes'][number];

const IDLE = '(idle)';

/** Returns the tree of all threads together, without the time in which they waited. */
export function readProfiles(folder: string): Frame {
  const root: Frame = { name: 'all threads', file: '', line: 0, seconds: 0, ownSeconds: 0, calls: new Map() };
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as ProfileFile;
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const own = new Map<number, number>();
    for (const [sample, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + timeDeltas[sample]! / 1e6);
    addCalls(root, nodes[0]!, byId, own);
  }
  return root;
}

/** Adds a node's time and its calls to its frame. Returns the seconds of the node and its calls. */
function addCalls(
  frame: Frame,
  node: ProfileNode,
  byId: ReadonlyMap<number, ProfileNode>,
  own: ReadonlyMap<number, number>,
): number {
  const ownSeconds = own.get(node.id) ?? 0;
  let seconds = ownSeconds;
  for (const id of node.children ?? []) {
    const child = byId.get(id)!;
    if (child.callFrame.functionName !== IDLE) seconds += addCalls(callOf(frame, child), child, byId, own);
  }
  frame.ownSeconds += ownSeconds;
  frame.seconds += seconds;
  return seconds;
}

function callOf({ calls }: Frame, { callFrame }: ProfileNode): Frame {
  const name = callFrame.functionName || '(anonymous)';
  const file = callFrame.url.replace('file://', '').replace(PROJECT, '');
  const line = callFrame.lineNumber + 1;
  const key = `${name} ${file}:${line}`;
  const known = calls.get(key) ?? { name, file, line, seconds: 0, ownSeconds: 0, calls: new Map() };
  calls.set(key, known);
  return known;
}

/** Returns the functions with the most time of their own, over all callers. */
export function heaviest(root: Frame, count: number): Frame[] {
  const byPlace = new Map<string, Frame>();
  const visit = (frame: Frame): void => {
    for (const [key, call] of frame.calls) {
      const known = byPlace.get(key) ?? { ...call, ownSeconds: 0 };
      known.ownSeconds += call.ownSeconds;
      byPlace.set(key, known);
      visit(call);
    }
  };
  visit(root);
  return [...byPlace.values()].sort((a, b) => b.ownSeconds - a.ownSeconds).slice(0, count);
}
