/** Reads Markdown pages: their fenced blocks and their prose. Runs their commands as a reader does. */
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readersPython } from './python-tools.ts';

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
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
  /** The language of the fence; empty when it has none. */
  readonly language: string;
  readonly text: string;
  /** The reason why no test runs the block, from the comment `<!-- not run: … -->` in the line before it. */
  readonly notRun: string | undefined;
}

export const textOf = (page: string): string => readFileSync(PROJECT + page, 'utf8');

/** Returns the fenced blocks of a page. @throws Error when a block has no end */
export function blocksOf(page: string): Block[] {
  const lines = textOf(page).split('\n');
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, indent, language] = /^( *)```(.*)$/.exec(lines[index]!) ?? [];
    if (indent === undefined || language === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, index + 1);
    if (end < 0) throw new Error(`${page}:${index + 1}: this block has no end`);
    const text = lines.slice(index + 1, end).map((line) => line.slice(indent.length));
    const notRun = /^ *<!-- not run: (.+) -->$/.exec(lines[index - 1] ?? '')?.[1];
    blocks.push({ page, line: index + 1, language, text: text.join('\n'), notRun });
    index = end;
  }
  return blocks;
}

/** Returns the text of a page without its fenced blocks. */
export const proseOf = (page: string): string => textOf(page).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');

/** The languages of blocks that are run. Python and SQL run in the Python that has numpy and DuckDB. */
export const RUN_LANGUAGES: readonly string[] = ['sh', 'python', 'sql'];

/** The program that runs a block of SQL, and shows its rows. */
const RUN_SQL = 'import duckdb, sys; duckdb.sql(sys.stdin.read()).show()';

/** Returns the commands that run a block. */
function commandsOf({ language, text }: Block, python: string): string {
  if (language === 'sh') return text;
  const program = language === 'sql' ? `-c '${RUN_SQL}'` : '-';
  return `'${python}' ${program} <<'END_OF_BLOCK'\n${text}\nEND_OF_BLOCK`;
}

/**
 * Runs the commands of a page one after another in one shell. The folder stands for a clone: `npm` runs the project's scripts,
 * and `test` is the project's folder.
 *
 * @throws Error with the line of the block that failed and the end of its output
 */
export async function runCommands(blocks: readonly Block[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const python = blocks.some(({ language }) => language !== 'sh') ? await readersPython() : '';
  if (!existsSync(`${folder}/test`)) symlinkSync(`${PROJECT}test`, `${folder}/test`);
  const script = [
    'set -euo pipefail',
    `npm() { command npm --prefix '${PROJECT}' "$@"; }`,
    ...blocks.flatMap((block) => [`echo "== ${block.page}:${block.line}" >&2`, commandsOf(block, python)]),
  ];
  const shell = spawn('bash', ['-c', script.join('\n')], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  shell.stderr.setEncoding('utf8').on('data', (text) => (output += text));
  const status = await new Promise((resolve, reject) => {
    shell.on('error', reject);
    shell.on('close', resolve);
  });
  if (status !== 0) throw new Error(`a command ended with status ${status}:\n${output.slice(-4_000)}`);
}
