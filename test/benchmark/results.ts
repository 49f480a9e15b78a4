/**
 * Writes `results.md`: the newest result of every section, each with its date and commit, so that one section can be measured
 * again without the others. The texts of the sections are kept in `.bench/results/`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { peerVersions } from './peers.ts';
import { BENCH, PROJECT, RESULTS } from './places.ts';
import { type Section, sectionText } from './section.ts';

const FOLDER = `${BENCH}results/`;

const HEAD = `# Measured

The ratios are of CPU seconds in one run. Each part is a process of its own, contenders run in turns, and figures are medians of
three rounds. Written by \`npm run bench\`.`;

/** Keeps the text of a section and writes \`results.md\` with the texts of all sections, in the order of \`names\`. */
export function writeResults(name: string, section: Section, names: readonly string[]): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}${name}.md`, `${sectionText(section)}\n\n${provenance()}\n`);
  const texts = names.filter((known) => existsSync(`${FOLDER}${known}.md`));
  const sections = texts.map((known) => readFileSync(`${FOLDER}${known}.md`, 'utf8'));
  writeFileSync(RESULTS, `${[HEAD, ...sections.map((text) => text.trimEnd())].join('\n\n')}\n`);
}

/** Returns a line with the machine, the date, the commit and the versions. */
export function provenance(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  const versions = `Node ${process.versions.node}, ${peerVersions()}`;
  return `*${model}, ${cpus().length} cores, ${memory} GiB; ${date}; commit ${commit()}; ${versions}.*`;
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: PROJECT, encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--', 'shared', 'functions', 'cli') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch (error) {
    // A copy of the project without its history can be measured too.
    return `unknown (${error instanceof Error ? error.message.split('\n')[0] : error})`;
  }
}
