/** Markdown pages as tests read them: their fenced blocks, their links, and the commands in them, run as a reader runs them. */
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const PROJECT: string = fileURLToPath(new URL('../../', import.meta.url));

/** The pages for users, in the order in which a reader meets them. Paths are relative to the project. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/README.md',
  ...globSync(['docs/*.md', 'docs/adr/*.md', 'functions/*/README.md', 'localstack/README.md', 'test/data/README.md'], {
    cwd: PROJECT,
  })
    .filter((page) => page !== 'docs/README.md')
    .sort(),
];

export interface Block {
  readonly page: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** Empty when the fence has none. */
  readonly language: string;
  readonly text: string;
  /** Why a test does not run it: from the comment `<!-- not run: … -->` in the line before it. */
  readonly notRun: string | undefined;
}

export const textOf = (page: string): string => readFileSync(PROJECT + page, 'utf8');

export function blocksOf(page: string): Block[] {
  const lines = textOf(page).split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, indent, language] = /^( *)```(.*)$/.exec(lines[at]!) ?? [];
    if (indent === undefined || language === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, at + 1);
    if (end < 0) throw new Error(`${page}:${at + 1}: this block has no end`);
    const text = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    const notRun = /^ *<!-- not run: (.+) -->$/.exec(lines[at - 1] ?? '')?.[1];
    blocks.push({ page, line: at + 1, language, text: text.join('\n'), notRun });
    at = end;
  }
  return blocks;
}

/** A page without its fenced blocks. */
export const proseOf = (page: string): string => textOf(page).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');

/**
 * Runs a page's commands one after another in one shell. Its folder looks like a clone, as far as the commands need: `npm` runs
 * the project's scripts, and `test` is the project's.
 * @throws Error with the line of the block that failed, and what it wrote
 */
export async function runCommands(blocks: readonly Block[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(`${folder}/test`)) symlinkSync(`${PROJECT}test`, `${folder}/test`);
  const script = [
    'set -euo pipefail',
    `npm() { command npm --prefix '${PROJECT}' "$@"; }`,
    ...blocks.flatMap(({ page, line, text }) => [`echo "== ${page}:${line}" >&2`, text]),
  ];
  const shell = spawn('bash', ['-c', script.join('\n')], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  shell.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  shell.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const status = await new Promise((resolve, reject) => {
    shell.on('error', reject);
    shell.on('close', resolve);
  });
  if (status !== 0) throw new Error(`a command ended with status ${status}:\n${said.slice(-4_000)}`);
}
