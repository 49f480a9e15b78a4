/** The grouping of actions by the command line is compared with the reference byte for byte. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '../../cli/local/run-job.ts';
import { forgottenText } from '../../shared/forget/forgotten-list.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { offline, offlineSummary } from '../helpers/offline.ts';
import { expectSameBytes, expectSameFiles } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { figuresOf } from '../reference/day-figures.ts';
import { type Grouped, groupPlainly, type LogFile, type Reject } from '../reference/group-actions.ts';
import { DAY, hostileLogs } from '../unit/group-actions/hostile-logs.ts';

const DATE = '20111209';
const REJECTED = `_rejected/${DAY}`;

/** Writes log files below `actions.2011/1209` of a new folder and returns the folder. */
function logsOf(files: readonly LogFile[]): string {
  const logs = temporaryFolder();
  for (const { name, bytes } of files) writeFile(join(logs, 'actions.2011/1209', name), bytes);
  return logs;
}

function writeFile(path: string, content: Buffer | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const logFile = (name: string, ...lines: readonly string[]): LogFile => ({
  name,
  bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')),
});
const action = (client: string, userid: number, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ timestamp_utc: '2011-12-09T08:15:00Z', client, userid, itemid: 5, ...more });

const args = (logs: string, output: string, ...more: readonly string[]) => [
  ...['group-actions', '--input-path-pattern', join(logs, 'actions.%y/%m%d/*/*'), '--output-path-dir', output],
  ...(more.includes('--input-date-string') ? [] : ['--input-date-string', DATE]),
  ...more,
];
const group = (logs: string, output: string, ...more: readonly string[]): Promise<RunSummary> =>
  offlineSummary(args(logs, output, ...more));

/** Returns the published files of an output root, path → content, without `_BEGUN`, which has a time. */
function published(output: string): Map<string, Buffer> {
  const paths = filesBelow(output).filter((path) => !path.startsWith('.work/') && !path.endsWith('/_BEGUN'));
  return new Map(paths.map((path) => [path, readFileSync(join(output, path))]));
}

/** Returns the texts of the published files without the manifests and sketches. */
const textsIn = (output: string): Map<string, string> =>
  new Map(
    [...published(output)]
      .filter(([path]) => !/_SUCCESS$|_sketch$/.test(path))
      .map(([path, bytes]) => [path, bytes.toString('utf8')]),
  );

/** Returns the texts of the files that the reference gives, without manifests. */
function textsOf({ parts, rejects }: Grouped): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [client, own] of parts) {
    for (const [part, lines] of own.entries()) texts.set(`${client}/actions/${DAY}/part-0000${part}`, lines);
  }
  const lineOf = (reject: Reject) => `${JSON.stringify(reject)}\n`;
  if (rejects.length > 0) texts.set(`${REJECTED}/part-00000`, rejects.map(lineOf).join(''));
  return new Map([...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const manifestIn = (output: string, folder: string) =>
  JSON.parse(readFileSync(join(output, folder, '_SUCCESS'), 'utf8'));
const computed = (summary: RunSummary, name: string) => summary.steps.find(({ step }) => step === name)?.computed;

describe.concurrent('A day of hostile logs', () => {
  /** About a tenth of the lines are rejects. */
  const lenient = ['--set', 'maxRejectRatio=0.3'];
  const shardings = [7, 2, 1];
  let logs: string;
  let files: readonly LogFile[];
  let expected: Grouped;
  let runs: readonly { readonly summary: RunSummary; readonly output: string; readonly shards: number }[];
  let plain: ReadonlyMap<string, Buffer>;

  beforeAll(async () => {
    const hostile = hostileLogs(20_111_209);
    files = hostile.files;
    logs = logsOf([...files, ...hostile.hidden]);
    expected = groupPlainly(files, { day: DAY });
    runs = await Promise.all(
      shardings.map(async (shards) => {
        const output = temporaryFolder();
        return { summary: await group(logs, output, ...lenient, '--shards', String(shards)), output, shards };
      }),
    );
    plain = published(runs[0]!.output);
  });

  test('has every kind of fault in large numbers', () => {
    expect(expected.parts.size).toBeGreaterThan(15);
    for (const count of Object.values(expected.totals)) expect(count).toBeGreaterThan(100);
    const reasons = new Set(expected.rejects.map(({ reason }) => reason));
    expect(reasons.size).toBeGreaterThan(20);
    // Rejects of the large plain file have an offset, and all others have a line.
    expect(expected.rejects.filter(({ offset }) => offset !== undefined).length).toBeGreaterThan(10);
  });

  test.each(shardings)('gives the files of the reference in %d shards of every step', (shards) => {
    const { summary, output } = runs.find((run) => run.shards === shards)!;
    for (const step of ['scan', 'repair', 'order']) expect(computed(summary, step), step).toBe(shards);
    expectSameFiles(textsIn(output), textsOf(expected), 'beside the reference');
    // The manifests do not depend on the shards either.
    expectSameFiles(published(output), plain, `${shards} shards beside ${runs[0]!.shards}`);
  });

  test('is counted by client, in the summary and in each client’s manifest', () => {
    const { summary, output } = runs[0]!;
    const { clients, folders, others, ...totals } = summary.manifest.counts as Record<string, unknown>;
    expect(totals).toEqual(expected.totals);
    expect(clients).toEqual(Object.fromEntries(expected.counts));
    const names = [...expected.parts.keys()].sort();
    expect(folders).toEqual(names.map((client) => `${client}/actions/${DAY}/`));
    expect(others).toEqual([]);
    for (const client of names) {
      const manifest = manifestIn(output, `${client}/actions/${DAY}`);
      const figures = figuresOf(expected.parts.get(client)!, DAY);
      expect([manifest.client, manifest.counts]).toEqual([null, { ...expected.counts.get(client), figures }]);
      const size = Buffer.byteLength(expected.parts.get(client)![0]!);
      expect(manifest.files).toMatchObject([{ name: 'part-00000', size }, { name: '_sketch' }]);
    }
  });

  test('gives the same text with --gzip-output, in one gzip member for each file', async () => {
    const output = temporaryFolder();
    await group(logs, output, ...lenient, '--gzip-output', '--shards', '2');
    const texts = textsOf(expected);
    const found = [...published(output)].filter(([path]) => !/_SUCCESS$|_sketch$/.test(path));
    expect(found).toHaveLength(texts.size);
    for (const [path, bytes] of found) {
      // Files of rejects are not compressed, because people read them.
      const compressed = !path.startsWith('_rejected');
      expect(path.endsWith('.gz')).toBe(compressed);
      const content = compressed ? gunzipSync(bytes) : bytes;
      expectSameBytes(content, texts.get(path.replace(/\.gz$/, ''))!, path);
      // The last member ends with the size of its content. It is the size of the whole text, so it is the only member.
      if (compressed) expect(bytes.readUInt32LE(bytes.length - 4)).toBe(content.length);
    }
  });

  test('gives one client’s actions with --single-client, and the earlier output of other clients stays', async () => {
    const output = temporaryFolder();
    for (const [path, bytes] of plain) writeFile(join(output, path), bytes);
    const summary = await group(logs, output, ...lenient, '--single-client', 'Shop');
    const single = groupPlainly(files, { day: DAY, singleClient: 'Shop' });
    const { clients, folders, others, ...totals } = summary.manifest.counts as Record<string, unknown>;
    // The lines of all clients count as read and rejected.
    expect([single.totals.read, single.totals.rejected]).toEqual([expected.totals.read, expected.totals.rejected]);
    expect(totals).toEqual(single.totals);
    expect(clients).toEqual({ Shop: expected.counts.get('Shop') });
    expect(folders).toEqual([`Shop/actions/${DAY}/`]);
    expect(others).toHaveLength(expected.parts.size - 1);
    // Only two manifests have changed, which name the new run.
    const changed = [...published(output)]
      .filter(([path, bytes]) => !plain.get(path)?.equals(bytes))
      .map(([path]) => path);
    expect(changed).toEqual([`Shop/actions/${DAY}/_SUCCESS`, `${REJECTED}/_SUCCESS`]);
    expect(published(output).size).toBe(plain.size);
  });
});

describe.concurrent('Forgotten users', () => {
  /** Puts users on the list of a client. @param marked false for a list that somebody writes by hand */
  function forget(output: string, client: string, users: Iterable<number>, marked = true): void {
    writeFile(join(output, client, '_forgotten/ids.ndjson'), forgottenText(Float64Array.from(users).sort()));
    if (marked) writeFile(join(output, '_forgotten', client), '');
  }
  const withoutLists = (texts: Map<string, string>) =>
    new Map([...texts].filter(([path]) => !path.includes('_forgotten/')));

  test('are left out of a day as in the reference, also where their id was repaired', async () => {
    const { files } = hostileLogs(7);
    const [logs, output] = [logsOf(files), temporaryFolder()];
    const forgotten = new Map<string, Set<number>>();
    for (const [client, texts] of groupPlainly(files, { day: DAY }).parts) {
      const users = texts
        .flatMap((text) => text.trimEnd().split('\n'))
        .map((line) => JSON.parse(line).userid as number);
      // One client of ten forgets all of its users.
      const own = new Set(users.filter((user) => forgotten.size % 10 === 9 || user % 3 === 0));
      if (own.size === 0) continue;
      forgotten.set(client, own);
      forget(output, client, own);
    }
    const expected = groupPlainly(files, { day: DAY, forgotten });
    expect(expected.totals.forgotten).toBeGreaterThan(1_000);
    const summary = await group(logs, output, '--set', 'maxRejectRatio=0.3', '--shards', '2');
    expectSameFiles(withoutLists(textsIn(output)), textsOf(expected), 'beside the reference');
    const {
      clients,
      folders: _folders,
      others: _others,
      ...totals
    } = summary.manifest.counts as Record<string, unknown>;
    expect(totals).toEqual(expected.totals);
    expect(clients).toEqual(Object.fromEntries(expected.counts));
  });

  test('make another run of the day, and a list that was written by hand is found by the run after the next', async () => {
    const [logs, output] = [logsOf([logFile('a/log', action('shop', 1), action('shop', 2))]), temporaryFolder()];
    const first = await group(logs, output);
    forget(output, 'shop', [2], false);
    // Nothing tells the run of the list before its end, when the clients are known.
    expect((await group(logs, output)).alreadyDone).toBe(true);
    writeFile(join(logs, 'actions.2011/1209/a/more'), `${action('shop', 2)}\n`);
    const refused = await offline(args(logs, output));
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('the list of forgotten users of client shop has changed since this run began');
    const found = await group(logs, output);
    expect(found.run).not.toBe(first.run);
    expect(found.manifest.counts).toMatchObject({ read: 3, written: 1, forgotten: 2 });
    expect([...withoutLists(textsIn(output)).values()].join('')).not.toContain('"userid":2');
  });
});

describe.concurrent('The input date', () => {
  const logs = () => logsOf([logFile('a/log', action('shop', 1), action('shop', 2))]);

  test('means the same run in every form, and the run is already done the second time', async () => {
    const [from, output] = [logs(), temporaryFolder()];
    const first = await group(from, output, '--input-date-string', '20111209');
    const before = published(output);
    expect([...before.keys()]).toEqual([
      `${REJECTED}/_SUCCESS`,
      ...['_SUCCESS', '_sketch', 'part-00000'].map((name) => `shop/actions/${DAY}/${name}`),
    ]);
    expect(first.alreadyDone).toBe(false);
    const written = statSync(join(output, `shop/actions/${DAY}/part-00000`)).mtimeMs;
    for (const date of ['20111209', '2011-12-09', '15317', '1323475199']) {
      const again = await group(from, output, '--input-date-string', date);
      expect([again.alreadyDone, again.run, again.day]).toEqual([true, first.run, DAY]);
      expect(again.manifest).toEqual(first.manifest);
    }
    expectSameFiles(published(output), before);
    expect(statSync(join(output, `shop/actions/${DAY}/part-00000`)).mtimeMs).toBe(written);
  });

  test('is wrong usage when it is no date', async () => {
    const output = temporaryFolder();
    const ended = await offline(args(logs(), output, '--input-date-string', '20111232'));
    expect([ended.status, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain("'20111232' is no day");
    expect(readdirSync(output)).toEqual([]);
  });

  test('fails the run with the pattern of the files when it has no log', async () => {
    const [from, output] = [logs(), temporaryFolder()];
    const ended = await offline(args(from, output, '--input-date-string', '20111210'));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain(`no log of day 2011-12-10 (15318): ${from}/actions.2011/1210/*/* matches no file`);
    expect(published(output).size).toBe(0);
  });
});

describe.concurrent('Rejects', () => {
  const halfBad = [logFile('a/log', action('shop', 1), 'bad', action('shop', 2), '{"client":"shop"}')];

  test('fail the run above maxRejectRatio, and the earlier output stays', async () => {
    const output = temporaryFolder();
    await group(logsOf([logFile('a/log', action('shop', 7))]), output);
    const before = published(output);
    const ended = await offline([...args(logsOf(halfBad), output, '--set', 'maxRejectRatio=0.49'), '--json']);
    expect(ended.status).toBe(1);
    const { error } = JSON.parse(ended.stdout);
    expect(error.name).toBe('TooManyRejectsError');
    expect(error.message).toContain('raise maxRejectRatio (--max-reject-ratio)');
    expect(error.message).toContain('2 of 4 lines were rejected (50.0 %), and maxRejectRatio allows 49 %');
    expect(error.message).toContain('{"object":"a/log","line":2,"reason":"not JSON","text":"bad"}');
    expectSameFiles(published(output), before);
  });

  test('are a warning when their share is exactly maxRejectRatio', async () => {
    const output = temporaryFolder();
    const { warnings } = await group(logsOf(halfBad), output, '--max-reject-ratio', '0.5');
    expect(warnings).toEqual(['2 of 4 lines were rejected (50.0 %); most often: not JSON (1)']);
    expectSameFiles(textsIn(output), textsOf(groupPlainly(halfBad, { day: DAY })), 'beside the reference');
  });

  test('count over the lines of all clients, even with --single-client', async () => {
    const ended = await offline(args(logsOf(halfBad), temporaryFolder(), '--single-client', 'other'));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('2 of 4 lines were rejected');
  });
});

describe.concurrent('An input that is probably wrong is refused', () => {
  const actionsAt = (time: string, count: number, client = 'shop') =>
    Array.from({ length: count }, (_, user) => action(client, user + 1, { timestamp_utc: time }));
  const failing = async (files: readonly LogFile[], ...more: readonly string[]) => {
    const output = temporaryFolder();
    const ended = await offline([...args(logsOf(files), output, ...more), '--json']);
    expect(ended.status, ended.stderr).toBe(1);
    expect(published(output)).toEqual(new Map());
    return JSON.parse(ended.stdout).error as { name: string; message: string };
  };

  test('when most actions are of other days, and the message names the commonest days', async () => {
    const days = [
      ...actionsAt('2011-12-07T23:59:59Z', 4),
      ...actionsAt('2011-12-11T00:00:00Z', 3),
      ...actionsAt('2011-12-08T00:00:00Z', 2),
      ...actionsAt('2011-12-10T23:59:59Z', 2),
      ...actionsAt('2011-12-09T12:00:00Z', 2),
    ];
    const error = await failing([logFile('a/log', ...days)]);
    expect(error.name).toBe('WrongDayError');
    expect(error.message).toContain(
      '7 of 13 actions are more than a day away from 2011-12-09 (15317), and maxOtherDays allows 50 %. ' +
        'The commonest days: 2011-12-07 (15315): 4, 2011-12-11 (15319): 3, 2011-12-08 (15316): 2, 2011-12-09 (15317): 2',
    );
    expect(error.message).toContain('--max-other-days');
    const { warnings, run } = await group(
      logsOf([logFile('a/log', ...days)]),
      temporaryFolder(),
      '--max-other-days',
      '0.6',
    );
    expect(warnings).toEqual([]);
    // Another value of maxOtherDays gives another run.
    const other = await group(logsOf([logFile('a/log', ...days)]), temporaryFolder(), '--set', 'maxOtherDays=1');
    expect(other.run).not.toBe(run);
    await group(logsOf([logFile('a/log', ...days.slice(1))]), temporaryFolder());
  });

  test('when no line belongs to the single client, and the message names the other clients', async () => {
    const files = [logFile('a/log', ...actionsAt('2011-12-09', 1), ...actionsAt('2011-12-09', 1, 'Other'))];
    const error = await failing(files, '--single-client', 'Shop');
    expect(error.name).toBe('NoInputError');
    expect(error.message).toContain('no line is of the client "Shop"');
    expect(error.message).toContain('the clients are "Other", "shop"');
  });

  test('when it has no record', async () => {
    const blank = Buffer.from(' \r\n\n\t\n'.repeat(1000));
    const files = [
      { name: 'a/log', bytes: blank },
      { name: 'a/x.gz', bytes: gzipSync(blank) },
    ];
    expect((await failing(files)).name).toBe('NoInputError');
  });
});

describe.concurrent('A day that is grouped again', () => {
  const both = logFile('a/log', action('shop', 1), action('gone', 1));
  /** The client 'gone' loses its only action, because the user's id stays unknown. */
  const one = logFile('a/log', action('shop', 1), action('gone', 0));
  const replace = (logs: string) => writeFileSync(join(logs, 'actions.2011/1209/a/log'), one.bytes);

  test('loses the folder of a client without actions, and with --gzip-output it loses the plain files', async () => {
    const [from, output] = [logsOf([both]), temporaryFolder()];
    await group(from, output);
    expect(textsIn(output)).toEqual(textsOf(groupPlainly([both], { day: DAY })));
    // The run leaves other days of the client as they are.
    writeFile(join(output, 'gone/actions/15316/part-00000'), 'other day\n');
    replace(from);
    const summary = await group(from, output);
    expect(summary.manifest.counts).toMatchObject({ clients: { gone: { read: 1, dropped: 1, written: 0 } } });
    const otherDay = ['gone/actions/15316/part-00000', 'other day\n'] as const;
    expect(textsIn(output)).toEqual(new Map([otherDay, ...textsOf(groupPlainly([one], { day: DAY }))]));
    expect(existsSync(join(output, 'gone/actions', String(DAY)))).toBe(false);

    await group(from, output, '--gzip-output');
    expect([...textsIn(output).keys()]).toEqual([otherDay[0], `shop/actions/${DAY}/part-00000.gz`]);
  });

  test('for a single client without actions loses the folder of that client alone', async () => {
    const [from, output] = [logsOf([both]), temporaryFolder()];
    await group(from, output);
    replace(from);
    const { manifest } = await group(from, output, '--single-client', 'gone');
    // No action of this client is left to be written.
    expect(manifest.counts).toMatchObject({ read: 2, dropped: 1, written: 0 });
    expect(manifest.counts).toMatchObject({ folders: [], others: [`shop/actions/${DAY}/`] });
    expect([...textsIn(output).keys()]).toEqual([`shop/actions/${DAY}/part-00000`]);
    expect(existsSync(join(output, 'gone'))).toBe(false);
  });
});

describe.concurrent('The run fails and names the file', () => {
  const whole = gzipSync(Buffer.from(`${action('shop', 1)}\n`.repeat(100)));
  test.each<[fault: string, file: LogFile, message: string]>([
    [
      'its name is that of a bzip2 file',
      { name: 'a/x.bz2', bytes: Buffer.from('BZh9') },
      'a/x.bz2: its name says that it is compressed with bzip2',
    ],
    [
      'it is a gzip file that is cut short',
      { name: 'a/x.gz', bytes: whole.subarray(0, -12) },
      'is not a whole gzip file',
    ],
  ])('when %s', async (_fault, file, message) => {
    const output = temporaryFolder();
    const ended = await offline([...args(logsOf([logFile('a/good', action('shop', 1)), file]), output), '--json']);
    expect(ended.status).toBe(1);
    const { error } = JSON.parse(ended.stdout);
    expect(error.name).toBe('CorruptInputError');
    expect(error.message).toContain(message);
    expect(error.message).toContain(file.name);
    expect(error.message).toContain('step scan');
    expect(published(output).size).toBe(0);
  });
});

describe('With millions of lines of rubbish', () => {
  const rubbish = (lines: number) => gzipSync(Buffer.alloc(2 * lines, 'x\n'), { level: 9 });
  /** The access log of a web server. */
  const accessLog = (bytes: number): Buffer => {
    const line = (number: number) =>
      `10.0.${number & 255}.${number % 251} - - [09/Dec/2011:08:15:00 +0000] "GET /item/${number}?ref={top} HTTP/1.1" 200 ${number % 9999} "-" "Mozilla/5.0"\n`;
    const lines: string[] = [];
    for (let length = 0, number = 0; length < bytes; number++) length += lines[lines.push(line(number)) - 1]!.length;
    return Buffer.from(lines.join(''));
  };
  /** A heap of 64 MB, much less than a function has. An earlier version kept every reject, which took 1.96 GB. */
  const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=64' };
  const refused = async (files: readonly LogFile[]) => {
    const output = temporaryFolder();
    const small = args(logsOf(files), output, '--workers', '1', '--json');
    const ended = await offline(small, { env: SMALL_HEAP });
    expect(ended.status, ended.stderr).toBe(1);
    expect(published(output)).toEqual(new Map());
    return JSON.parse(ended.stdout).error as { name: string; message: string };
  };

  test.each([
    ['8 kB of gzip', { name: 'a/x.gz', bytes: rubbish(4_000_000) }, 'not JSON'],
    ['an access log of 43 MB', { name: 'a/access.log', bytes: accessLog(43_000_000) }, 'time: not ISO-8601'],
  ])('%s is refused before its end and in little memory', async (_input, file, reason) => {
    const { name, message } = await refused([file]);
    expect(name).toBe('TooManyRejectsError');
    expect(message).toContain('step scan');
    expect(message).toMatch(/of the first \d+ lines were rejected, which is too many even if all others are good/);
    expect(message).toContain(`"reason":"${reason}"`);
    expect(message).toContain('--max-reject-ratio');
  });

  test('every reject is written in little memory when maxRejectRatio allows all of them', async () => {
    const files = [{ name: 'a/x.gz', bytes: rubbish(250_000) }, logFile('a/y', action('shop', 1))];
    const output = temporaryFolder();
    const small = args(logsOf(files), output, '--workers', '1', '--max-reject-ratio', '1');
    const ended = await offline(small, { env: SMALL_HEAP });
    expect(ended.status, ended.stderr).toBe(0);
    expect(textsIn(output)).toEqual(textsOf(groupPlainly(files, { day: DAY })));
  });
});

describe.concurrent('A very long line', () => {
  /** The source of a preloaded module that writes the peak of the process's memory in KiB to a file. */
  const PEAK = `
    import { appendFileSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    if (isMainThread) process.on('exit', () => appendFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS)));
  `;
  async function peakMiB(logs: string, output: string): Promise<number> {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'peak.mjs'), PEAK);
    const env = { PEAK_FILE: join(folder, 'peak') };
    await offlineSummary(args(logs, output, '--set', 'maxRejectRatio=0.5', '--workers', '1'), {
      preload: join(folder, 'peak.mjs'),
      env,
    });
    return Number(readFileSync(env.PEAK_FILE, 'utf8')) / 1024;
  }

  test('of 5 MB, or of 100 MB in a small gzip file, is rejected in limited memory', async () => {
    const lines = (between: string) => Buffer.from(`${action('shop', 1)}\n${between}\n${action('shop', 2)}\n`);
    const bomb = gzipSync(lines('z'.repeat(100_000_000)), { level: 9 });
    expect(100_000_000 / bomb.length).toBeGreaterThan(950);
    const small = await peakMiB(logsOf([{ name: 'a/x.gz', bytes: gzipSync(lines('z')) }]), temporaryFolder());

    const output = temporaryFolder();
    const files = [
      { name: 'a/bomb.gz', bytes: bomb },
      { name: 'a/plain', bytes: lines('y'.repeat(5_000_000)) },
    ];
    const peak = await peakMiB(logsOf(files), output);
    expect(textsIn(output)).toEqual(textsOf(groupPlainly(files, { day: DAY })));
    // At most 64 MiB are expanded in one piece, and more is streamed.
    expect(peak - small).toBeLessThan(160);
  });
});
