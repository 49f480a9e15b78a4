/** Tests the object that a shard of the logs writes, also when its rejected lines exceed the memory. */
import { expect, test } from 'vitest';
import { rejectSections } from '../../../functions/group-actions/reject-text.ts';
import { type GroupingRun, settings } from '../../../functions/group-actions/settings.ts';
import { scan } from '../../../functions/group-actions/steps-scan.ts';
import { TooManyRejectsError } from '../../../shared/errors.ts';
import { WorkArea } from '../../../shared/job/work-area.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { S3Store } from '../../../shared/store/s3-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { collected } from '../../helpers/collected.ts';
import { type S3Fake, startS3Fake } from '../../helpers/s3-fake.ts';
import { clientOfFake } from '../../helpers/s3-fake-client.ts';
import { expectSameBytes } from '../../helpers/same-bytes.ts';
import { DAY } from './hostile-logs.ts';

const good = (user: number) => `{"timestamp_utc":"2011-12-09T08:15:00Z","client":"shop","userid":${user},"itemid":1}\n`;

/** Returns a run over one log in one shard, and a function that commits the shard. */
async function scanRunOver(text: string, maxRejectRatio: number, output: Store = new MemoryStore('/out')) {
  const input = new MemoryStore('/in');
  await input.put('log', text);
  const inputs = await collected(input.list(''));
  const run: GroupingRun = {
    id: 'aaaaaaaaaaaaaaaa',
    job: 'group-actions',
    client: undefined,
    day: DAY,
    inputs,
    input,
    output,
    work: new WorkArea(output, '.work/', 'planned'),
    shards: 1,
    memoryMb: 512,
    log: () => undefined,
    settings: settings.parse({ inputPathPattern: '/in', maxRejectRatio }),
  };
  await run.work.fixShards(scan, await scan.shards(run));
  const [shard] = await run.work.shards(scan);
  return { run, commit: async () => run.work.commit(run.work.key(scan, 0), await scan.run(run, shard!, 0)) };
}

const bad = (count: number) => Array.from({ length: count }, (_, at) => `rubbish ${at}\n`).join('');

test('Rejected lines that exceed the memory become the first sections of the object, in order', async () => {
  const count = 150_000;
  const { run, commit } = await scanRunOver(`${good(1)}${bad(count)}${good(2)}`, 1);
  expect(await commit()).toBe(true);
  const file = await run.work.open(scan, 0);
  const sections = rejectSections(file);
  expect(sections.length).toBeGreaterThan(2);
  expect(file.names().slice(0, sections.length)).toEqual(sections);
  const text = Buffer.concat(await Promise.all(sections.map((section) => file.read(section)))).toString('utf8');
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(count);
  expect(lines.every((line, at) => line.endsWith(`"reason":"not JSON","text":"rubbish ${at}"}`))).toBe(true);
  expect(sections.reduce((sum, section) => sum + file.count(section), 0)).toBe(count);
  const { lines: read, rejected, reasons, firstRejects, clients } = file.meta;
  expect({ read, rejected, reasons }).toEqual({ read: count + 2, rejected: count, reasons: { 'not JSON': count } });
  expect(firstRejects).toEqual(lines.slice(0, 3).map((line) => `${line}\n`));
  expect(clients).toMatchObject([{ client: 'shop', known: 2 }]);
  // A later attempt finds the object and stops reading.
  expect(await commit()).toBe(false);
});

test('The same logs give the same bytes', async () => {
  const objects = await Promise.all(
    [1, 2].map(async () => {
      const { run, commit } = await scanRunOver(`${bad(120_000)}${good(2)}`, 1);
      await commit();
      return (await run.output.get(run.work.key(scan, 0))).bytes;
    }),
  );
  expectSameBytes(objects[1]!, objects[0]!, 'the shard, written twice');
});

test('A refusal while the object is being written keeps its message and leaves no object, also in S3', async () => {
  // The input could be accepted until most of it has been read.
  const text = `${Array.from({ length: 20_000 }, (_, at) => good(at + 1)).join('')}${bad(200_000)}`;
  const fake: S3Fake = await startS3Fake();
  const client = clientOfFake(fake);
  try {
    for (const output of [new MemoryStore('/out'), new S3Store(client, fake.bucket, 'root')]) {
      const { run, commit } = await scanRunOver(text, 0.6, output);
      await expect(commit()).rejects.toThrow(TooManyRejectsError);
      expect(await run.output.head(run.work.key(scan, 0))).toBeUndefined();
    }
  } finally {
    client.destroy();
    await fake[Symbol.asyncDispose]();
  }
});
