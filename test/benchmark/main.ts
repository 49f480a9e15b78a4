/**
 * `npm run bench`: the project against its peers, and whole jobs against their parts. Sets up the peers and generates the
 * data by itself, under `.bench/`.
 *
 *   npm run bench -- [--only als|similarity|word2vec|parse|item-sets|job|memory]… [--size s|m] [--cholesky]
 *
 * Size m is what the targets speak of, and writes `results.md`; s is a quick look, and prints alone.
 */
import { parseArgs } from 'node:util';
import { UsageError } from '../../shared/errors.ts';
import { als } from './als.ts';
import { type Data, generatedData } from './data.ts';
import { itemSets } from './item-sets.ts';
import { job } from './job.ts';
import { SIZES, type SizeName } from './matrix.ts';
import type { Failed } from './measure.ts';
import { memory } from './memory.ts';
import { parse } from './parse.ts';
import { peerPython } from './peers.ts';
import { provenance, writeResults } from './results.ts';
import { type Section, sectionText } from './section.ts';
import { similarity } from './similarity.ts';
import { word2vec } from './word2vec.ts';

interface Options {
  readonly only: readonly SectionName[];
  readonly size: SizeName;
  readonly cholesky: boolean;
}

type Peer = { readonly python: string } | Failed;

const SECTIONS = {
  als: (data: Data, peer: Peer, options: Options) => als(data, peer, options),
  similarity: (data: Data, peer: Peer) => similarity(data, peer),
  word2vec: (_data: Data, peer: Peer) => word2vec(peer),
  parse: (data: Data, peer: Peer) => parse(data, peer),
  'item-sets': (_data: Data, peer: Peer, { size }: Options) => itemSets(size, peer),
  job: (data: Data) => job(data),
  memory: (data: Data) => memory(data),
} as const satisfies Record<string, (data: Data, peer: Peer, options: Options) => Promise<Section>>;
type SectionName = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as SectionName[];

/** @throws UsageError */
function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      size: { type: 'string', default: 'm' },
      cholesky: { type: 'boolean', default: false },
    },
  });
  const only = values.only ?? NAMES;
  const unknown = only.find((name) => !(NAMES as string[]).includes(name));
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: there are ${NAMES.join(', ')}`);
  if (!(values.size in SIZES))
    throw new UsageError(`--size ${values.size}: there are ${Object.keys(SIZES).join(', ')}`);
  return { only: only as SectionName[], size: values.size as SizeName, cholesky: values.cholesky };
}

const options = readOptions(process.argv.slice(2));
const data = await generatedData(options.size);
const peer = peerPython();
for (const name of options.only) {
  const section = await SECTIONS[name](data, peer, options);
  process.stdout.write(`\n${sectionText(section)}\n\n${provenance()}\n`);
  if (options.size === 'm') writeResults(name, section, NAMES);
}
