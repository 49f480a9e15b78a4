import { globSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { PROJECT } from '../../helpers/documents.ts';

const DAY = 15_317;
const SPELLINGS = ['2011-12-09', '20111209', '15317'];

/** The options whose text is parsed later: as a setting of the run, or as the original's date string. */
const PARSED_LATER = ['--start-day', '--input-date-string'];

async function commands(): Promise<Command[]> {
  const found: Command[] = [];
  for (const file of globSync('cli/commands/*.ts', { cwd: PROJECT })) {
    const module = (await import(PROJECT + file)) as Record<string, unknown>;
    for (const [name, make] of Object.entries(module)) {
      if (!name.endsWith('Command') || typeof make !== 'function') continue;
      const command: unknown = make();
      if (command instanceof Command) found.push(command);
    }
  }
  return found;
}

describe('every option that takes a day', () => {
  test('takes it in each of its spellings, and refuses a date that does not exist', async () => {
    const options = (await commands()).flatMap((command) =>
      command.options
        .filter(({ flags }) => flags.includes('<day>'))
        .map((option) => ({ place: `${command.name()} ${option.long}`, option })),
    );
    expect(options.length).toBeGreaterThan(15);
    for (const { place, option } of options) {
      const { parseArg, long } = option;
      if (parseArg === undefined) expect(PARSED_LATER, place).toContain(long);
      else {
        for (const spelling of SPELLINGS) expect(parseArg(spelling, undefined), place).toBe(DAY);
        expect(() => parseArg('2011-13-09', undefined), place).toThrow("'2011-13-09' is no day");
      }
    }
  });

  test('is said to take a day by its placeholder', async () => {
    const named = (await commands()).flatMap((command) =>
      command.options
        .filter(({ long }) => ['--day', '--start-day', '--from'].includes(long ?? ''))
        .filter(({ flags }) => !flags.includes('<day>'))
        .map(({ flags }) => `${command.name()} ${flags}`),
    );
    expect(named).toEqual([]);
  });
});
