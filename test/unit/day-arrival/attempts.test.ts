/** What a new attempt of a day takes, from the sweep's decision to the list of clients that the machine reads. */
import { describe, expect, test } from 'vitest';
import * as daily from '../../../functions/day-arrival/daily.ts';
import { attemptFolder } from '../../../functions/day-arrival/day-records.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import type { ExecutionStatus } from '../../../shared/job/executions.ts';
import { type DailyInput, World } from './world.ts';

const MF = 'matrix-factorization';
/** A hundred clients whose jobs are done at the first attempt. */
const FINE = Array.from({ length: 100 }, (_, at) => `fine-${at}`);

/** A day with the clients of `FINE`, and one client for each of these errors, whose job fails with it in every attempt. */
class Day {
  readonly world = new World('marker');
  /** The clients that each attempt took. */
  readonly taken: string[][] = [];
  /** The clients whose job fails no more. */
  readonly mended = new Set<string>();
  /** True while the day ends before its summary. */
  losesSummary = false;
  readonly #errors: Readonly<Record<string, string>>;

  constructor(errors: Readonly<Record<string, string>>) {
    this.#errors = errors;
    this.world.grouped = Object.fromEntries([...FINE, ...Object.keys(errors)].map((client) => [client, 1]));
    this.world.onDay = (input) => this.#run(input);
  }

  /** The first attempt, and then a sweep each hour. */
  async sweptFor(hours: number): Promise<void> {
    await this.world.put('a');
    await this.world.mark();
    await this.world.event('_SUCCESS');
    for (let hour = 1; hour <= hours; hour++) this.world.at(hour * 60, () => this.world.sweep());
    await this.world.run();
  }

  async #run(input: DailyInput): Promise<ExecutionStatus> {
    const { output } = this.world;
    const environment: daily.DailyEnvironment = {
      openStore: async () => output,
      openConfigRoot: async () => new FolderConfigRoot(output),
      log: () => undefined,
      build: 'test',
      name: 'dev',
      outputRoot: output.root,
      configRoot: output.root,
      failureInside: async () => undefined,
    };
    await daily.clients(input, environment);
    const list = await output.get(`${attemptFolder(input)}clients.json`);
    const clients = JSON.parse(new TextDecoder().decode(list.bytes)) as string[];
    this.taken.push(clients);
    for (const client of clients) {
      const name = this.mended.has(client) ? undefined : this.#errors[client];
      const outcome =
        name === undefined
          ? ({ outcome: 'done', run: 'r' } as const)
          : ({ outcome: 'failed', error: { name, message: name } } as const);
      await daily.record({ ...input, client, waves: { wave1: { [MF]: outcome } } }, environment);
    }
    if (this.losesSummary) return 'FAILED';
    const { whole } = await daily.summary(input, environment);
    return whole ? 'SUCCEEDED' : 'FAILED';
  }
}

describe('one client in trouble among a hundred', () => {
  test('A blocked model starts nothing again', async () => {
    const day = new Day({ blocked: 'BlockedModelError', empty: 'EmptyModelError' });
    await day.sweptFor(6);
    expect(day.taken.map(({ length }) => length)).toEqual([102]);
  });

  test('A failure that would return starts nothing again', async () => {
    const day = new Day({ config: 'ConfigError', data: 'CorruptInputError' });
    await day.sweptFor(6);
    expect(day.taken.map(({ length }) => length)).toEqual([102]);
  });

  test('A failure that may pass is tried three times more, with this client alone', async () => {
    const day = new Day({ busy: 'StoreUnavailableError', blocked: 'BlockedModelError', config: 'ConfigError' });
    await day.sweptFor(8);
    expect(day.taken.slice(1)).toEqual([['busy'], ['busy'], ['busy']]);
  });

  test('When the failure has passed, the rest waits for a person, who starts all clients', async () => {
    const day = new Day({ busy: 'StoreUnavailableError', config: 'ConfigError' });
    day.world.at(30, async () => day.mended.add('busy'));
    await day.sweptFor(5);
    expect(day.taken.slice(1)).toEqual([['busy']]);
    day.mended.add('config');
    expect(await day.world.byHand()).toMatchObject({ kind: 'run' });
    await day.world.run();
    expect(day.taken[2]).toHaveLength(102);
  });
});

test('A day that ended before its summary is started again for the summary alone', async () => {
  const day = new Day({ config: 'ConfigError' });
  day.losesSummary = true;
  day.world.at(30, async () => {
    day.losesSummary = false;
  });
  await day.sweptFor(4);
  expect(day.taken.slice(1)).toEqual([[]]);
});
