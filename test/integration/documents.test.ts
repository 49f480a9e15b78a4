/** README, `docs/` and the jobs' READMEs: their commands run, and their links and the files that they name exist. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Block,
  blocksOf,
  PAGES,
  PROJECT,
  proseOf,
  RUN_LANGUAGES,
  runCommands,
  textOf,
} from '../helpers/documents.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const blocks = PAGES.flatMap(blocksOf);
/** The languages of blocks: those that are run, and others for text. */
const LANGUAGES = [...RUN_LANGUAGES, 'text', 'json', 'ts'];
const ROOMS = [
  'shared',
  'functions',
  'infra',
  'cli',
  'localstack',
  'test/{benchmark,helpers,integration,reference,unit}',
];
const placeOf = ({ page, line }: Block): string => `${page}:${line}`;

describe('every block', () => {
  test('has a language, which is `sh` for commands', () => {
    const others = blocks.filter(({ language }) => !LANGUAGES.includes(language));
    expect(others.map(placeOf), 'these blocks need a language: ```sh for commands, ```text for other text').toEqual([]);
    const disguised = blocks.filter(({ language, text }) => language !== 'sh' && /^(npm|npx|offline|aws) /m.test(text));
    expect(disguised.map(placeOf), 'these blocks hold commands: mark them as ```sh').toEqual([]);
  });

  test('of commands is run by this test or has a comment with the reason why not', () => {
    const marked = blocks.filter(({ notRun }) => notRun !== undefined);
    const idle = marked.filter(({ language }) => !RUN_LANGUAGES.includes(language));
    expect(idle.map(placeOf), 'nobody runs these blocks: they need no <!-- not run: … -->').toEqual([]);
    // A comment at another place would not belong to a block.
    const comments = PAGES.flatMap((page) => textOf(page).match(/<!-- not run: /g) ?? []);
    expect(comments.length, 'a <!-- not run: … --> belongs into the line before its block').toBe(marked.length);
  });
});

describe('the commands of', () => {
  /** The folder of the commands of all pages, because a reader has one clone. */
  const clone = temporaryFolder();
  const runs = PAGES.map((page) => ({
    page,
    own: blocks.filter(
      (block) => block.page === page && RUN_LANGUAGES.includes(block.language) && block.notRun === undefined,
    ),
  }));

  test.each(runs.filter(({ own }) => own.length > 0))(
    '$page run',
    async ({ own }) => {
      await runCommands(own, clone);
    },
    180_000,
  );
});

describe('commands that no test runs', () => {
  /** Command name → the command of the command line. */
  const known = new Map<string, Command>();
  /** Options of every command (cli/program.ts). */
  const GLOBAL = ['--json', '--verbose', '--help'];

  beforeAll(async () => {
    for (const file of globSync('cli/commands/*.ts', { cwd: PROJECT })) {
      const module = (await import(PROJECT + file)) as Record<string, unknown>;
      for (const [name, made] of Object.entries(module)) {
        if (!name.endsWith('Command') || typeof made !== 'function') continue;
        const command: unknown = made();
        if (command instanceof Command) known.set(command.name(), command);
      }
    }
  });

  test('have names and options that the command line knows', () => {
    const lines = blocks
      .filter(({ language, notRun }) => language === 'sh' && notRun !== undefined)
      .flatMap((block) =>
        [...block.text.replaceAll(/\\\n/g, ' ').matchAll(/\boffline(?: --)? ([a-z][a-z-]+)(.*)/g)].map(
          ([line, name, rest]) => ({ place: placeOf(block), line, name: name!, rest: rest!.replace(/ #.*/, '') }),
        ),
      );
    const wrong = lines.filter(({ name, rest }) => {
      const command = known.get(name);
      const options = new Set(command?.options.map(({ long }) => long));
      return (
        command === undefined || (rest.match(/--[a-z-]+/g) ?? []).some((o) => !options.has(o) && !GLOBAL.includes(o))
      );
    });
    expect(wrong).toEqual([]);
    expect(lines.length).toBeGreaterThan(20);
  });

  test('have options and values that the command cdk knows', () => {
    const used = blocks
      .filter(({ language }) => language === 'sh')
      .flatMap((block) =>
        [...block.text.replaceAll(/\\\n/g, ' ').matchAll(/\bnpx cdk ([a-z]+)(.*)/g)].flatMap(([, name, rest]) =>
          [...rest!.matchAll(/ (--[a-z-]+)(?:[= ]([a-z-]+))?(?= |$)/g)].map(([, option, value]) => ({
            place: placeOf(block),
            name: name!,
            option: option!,
            value,
          })),
        ),
      );
    const helps = new Map([...new Set(used.map(({ name }) => name))].map((name) => [name, helpOfCdk(name)] as const));
    const wrong = used.filter(({ name, option, value }) => {
      const help = new RegExp(`^ +(?:-\\w, )?(?:--[\\w-]+, )*${option}\\b[^]*?(?=^ +(?:-\\w, )?--)`, 'm').exec(
        helps.get(name)!,
      )?.[0];
      const choices = /\[choices:([^\]]*)\]/.exec(help ?? '')?.[1];
      return help === undefined || (choices !== undefined && !choices.includes(`"${value}"`));
    });
    expect(wrong).toEqual([]);
    expect(used.length).toBeGreaterThan(3);
  });
});

/** Returns the help of a command of `cdk`, with a line or more for each option. */
const helpOfCdk = (name: string): string =>
  execFileSync(`${PROJECT}node_modules/.bin/cdk`, [name, '--help'], {
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '300' },
  });

/** Returns the anchor that GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe('links', () => {
  const links = PAGES.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ page, target: target! })),
  ).filter(({ target }) => !/^https?:/.test(target));

  test('lead to pages and headings that exist', () => {
    const broken = links.filter(({ page, target }) => {
      const [path, anchor] = target.split('#') as [string, string?];
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(PROJECT + file)) return true;
      if (anchor === undefined) return false;
      const headings = [...proseOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
      return !headings.includes(anchor);
    });
    expect(broken, 'these links lead nowhere').toEqual([]);
    expect(links.length).toBeGreaterThan(50);
  });

  test('and names of source files lead to files that exist', () => {
    const names = PAGES.flatMap((page) =>
      [...proseOf(page).matchAll(/`([\w./-]+\.(?:ts|[cm]js|py|yaml|grit))`/g)].map(([, name]) => ({
        page,
        name: name!,
      })),
    );
    const files = ROOMS.flatMap((room) => globSync(`${room}/**`, { cwd: PROJECT }));
    const isFile = ({ page, name }: { page: string; name: string }) =>
      [name, join(dirname(page), name)].some((path) => existsSync(PROJECT + path)) ||
      files.some((file) => file.endsWith(`/${name}`));
    expect(
      names.filter((name) => !isFile(name)),
      'these files do not exist',
    ).toEqual([]);
    expect(names.length).toBeGreaterThan(40);
  });

  test('of docs/README.md lead to every page of docs/', () => {
    const named = links.filter(({ page }) => page === 'docs/README.md').map(({ target }) => `docs/${target}`);
    const pages = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== 'docs/README.md');
    expect(
      pages.filter((page) => !named.includes(page)),
      'docs/README.md lacks these pages',
    ).toEqual([]);
  });
});
