/**
 * Writes `results.md`: the newest result of every section, each with its date and commit, so that one section can be measured
 * again without the others.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { peerVersions } from './peers.ts';
import { PROJECT, RESULTS } from './places.ts';
import { type Section, sectionText } from './section.ts';

const HEAD = `# Measured

The ratios are of CPU seconds in one run. Each part is a process of its own, contenders run in turns, and figures are medians of
three rounds. Written by \`npm run bench\`.`;

/** Puts a section into `results.md` in place of the one with the same title, or at the end. */
export function writeResults(section: Section): void {
  const before = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : '';
  writeFileSync(RESULTS, withSection(before, section.title, `${sectionText(section)}\n\n${provenance()}`));
}

/** Returns the text of `results.md` with a section. @param text the section, from its title on */
export function withSection(before: string, title: string, text: string): string {
  const sections = before.split(/^(?=## )/m).filter((part) => part.startsWith('## '));
  const at = sections.findIndex((part) => part.startsWith(`## ${title}\n`));
  const all = at < 0 ? [...sections, text] : sections.with(at, text);
  return `${[HEAD, ...all.map((part) => part.trimEnd())].join('\n\n')}\n`;
}

/** Returns a line with the machine, the date, the commit and the versions. */
export function provenance(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  const versions = `Node ${process.versions.node}, ${peerVersions()}`;
  return `*${model}, ${cpus().length} cores, ${memory} GiB; ${today()}; commit ${commit()}; ${versions}.*`;
}

export const today = (): string => new Date().toISOString().slice(0, 10);

/** Returns the commit of the measured code, or the reason why it is unknown. */
export function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: PROJECT, encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--', 'shared', 'functions', 'cli') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch (error) {
    // A copy of the project without its history can be measured too.
    return `unknown (${error instanceof Error ? error.message.split('\n')[0] : error})`;
  }
}
