/** Forgotten users are left out as if the input did not have them, by every job that reads actions. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exampleOf } from '../../../functions/examples.ts';
import { JOB_NAMES, loadJob } from '../../../functions/registry.ts';
import { forgottenText } from '../../../shared/forget/forgotten-list.ts';
import { JobCloud } from '../../contract/job-cloud.ts';
import { runInMemory, type Settings } from '../../helpers/memory-run.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const READERS: string[] = [];
for (const name of JOB_NAMES) {
  const { scope, inputs } = await loadJob(name);
  if (scope === 'client' && inputs.folders.includes('actions')) READERS.push(name);
}

const userOf = (line: string): number => JSON.parse(line).userid;

/** Puts the users on the list of the client. */
function forget(root: string, users: readonly number[]): void {
  mkdirSync(join(root, 'shop/_forgotten'), { recursive: true });
  writeFileSync(join(root, 'shop/_forgotten/ids.ndjson'), forgottenText(Float64Array.from(users).sort()));
}

/** Calls `change` with the path and the lines of each file of actions, and writes the lines that it returns. */
function eachFile(root: string, change: (lines: string[]) => string[]): void {
  const actions = join(root, 'shop/actions');
  for (const day of readdirSync(actions)) {
    for (const part of readdirSync(join(actions, day))) {
      const path = join(actions, day, part);
      writeFileSync(
        path,
        change(readFileSync(path, 'utf8').trimEnd().split('\n'))
          .map((line) => `${line}\n`)
          .join(''),
      );
    }
  }
}

test('All jobs with actions among their inputs are tested here', () => {
  expect(READERS.length).toBeGreaterThan(6);
});

describe.each(READERS)('%s', (name) => {
  test('The output is that of an input without the users, in 1 and 3 shards, and the list is part of the run’s name', async () => {
    const job = await loadJob(name);
    const example = await exampleOf(name);
    const [whole, without] = [temporaryFolder(), temporaryFolder()];
    const settings = example.prepare(whole) as Settings;
    cpSync(whole, without, { recursive: true });
    const users = new Set<number>();
    let lines = 0;
    eachFile(whole, (own) => {
      for (const line of own) users.add(userOf(line));
      lines += own.length;
      return own;
    });
    const forgotten = [...users].filter((_, place) => place % 40 === 3);
    let left = 0;
    // A blank line takes the place of an action, because the number of buckets follows from the input's bytes.
    eachFile(without, (own) =>
      own.map((line) => {
        if (!forgotten.includes(userOf(line))) return line;
        left++;
        return ' '.repeat(line.length);
      }),
    );
    const output = temporaryFolder();
    example.published?.(output);
    const run = (inputPath: string, shards = 1) =>
      runInMemory(job, example.day, { ...settings, inputPath }, shards, output);
    const plain = await run(without);
    const all = await run(whole);
    forget(whole, forgotten);
    for (const shards of [1, 3]) {
      const found = await run(whole, shards);
      expect(found.counts).toEqual({ ...plain.counts, lines, forgotten: left });
      for (const [file, text] of plain.files) {
        if (file !== '_SUCCESS' && file !== '_BEGUN') expect(found.files.get(file) === text, file).toBe(true);
      }
      const idIn = ({ files }: typeof found): string => JSON.parse(files.get('_SUCCESS')!).run;
      expect(idIn(found)).not.toBe(idIn(all));
    }
    expect(left).toBeGreaterThan(0);
    expect(all.counts).not.toHaveProperty('forgotten');
    // A list without users changes nothing.
    forget(whole, []);
    expect((await run(whole)).files.get('_SUCCESS')).toBe(all.files.get('_SUCCESS'));
  });
});

test('A run that began before a user was forgotten publishes nothing, and the next one leaves the user out', async () => {
  const job = await loadJob('sessionitems');
  const example = await exampleOf('sessionitems');
  const input = temporaryFolder();
  const cloud = new JobCloud({ job, client: 'shop', day: example.day, settings: example.prepare(input) as Settings });
  const user = userOf(readFileSync(join(input, `shop/actions/${example.day}/part-00000`), 'utf8').split('\n')[0]!);
  const failed = cloud.run({
    invoke: async (handler, event, call) => {
      if (handler === 'publish') forget(input, [user]);
      return call(handler, event);
    },
  });
  await expect(failed).rejects.toThrow('the list of forgotten users of client shop has changed since this run began');
  expect(await cloud.output.head(`shop/${job.writes}/${example.day}/_SUCCESS`)).toBeUndefined();
  await cloud.run();
  const manifest = JSON.parse(
    Buffer.from((await cloud.output.get(`shop/${job.writes}/${example.day}/_SUCCESS`)).bytes).toString(),
  );
  expect(manifest.counts.forgotten).toBeGreaterThan(0);
});
