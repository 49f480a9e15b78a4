/** The report of a made-up shop: what it tells, what it must not repeat, and what it says of facts that are missing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import type { FactsRequest } from '../../../shared/report/facts.ts';
import { newestDay } from '../../../shared/report/newest-day.ts';
import { firstDayOf, makeReport, writeReport } from '../../../shared/report/report.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { openStore } from '../../../shared/store/open-store.ts';
import { catalogueText, FIRST, ITEMS, LAST, PASSWORD, SHOP, shopRoot, USERS } from '../../helpers/report-shop.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const request = (more: Partial<FactsRequest> = {}): FactsRequest => ({
  client: SHOP,
  from: firstDayOf(LAST),
  to: LAST,
  jobs: JOBS,
  itemsPath: undefined,
  withExamples: true,
  ...more,
});

const reportOf = (store: MemoryStore, more: Partial<FactsRequest> = {}): Promise<string> =>
  makeReport(store, request(more), openStore);

/** Returns the text of a page as a reader sees it, in one line. */
const textOf = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

/** The ids of users in a page. Their numbers occur nowhere else in it. */
const usersIn = (page: string): string[] => [...new Set(page.match(/\b(?:77|99)\d{4}\b/g) ?? [])].sort();

let root: MemoryStore;
let page: string;

beforeAll(async () => {
  root = await shopRoot();
  const itemsPath = join(temporaryFolder(), 'items.ndjson');
  writeFileSync(itemsPath, catalogueText());
  page = await reportOf(root, { itemsPath });
});

describe('a report tells', () => {
  test('what came in, beside the same weekday before', () => {
    const text = textOf(page);
    expect(text).toContain('9 Dec 2 Dec Change');
    expect(text).toMatch(/Actions kept.{0,40}937.{0,40}937.{0,40}±0 %/);
    expect(text).toMatch(/itemid: missing Lines 2/);
    expect(text).toContain('1 more line of that day names no client');
  });

  test('what was made, with the checks of what was blocked', () => {
    const text = textOf(page);
    expect(text).toMatch(
      /matrix-factorization .{0,90} 120 users 30 items Shards 3 Seconds 16\.0 Dollars \$0\.000\d Verdict passed/,
    );
    expect(text).toMatch(/fpgrowth was computed and does not go live: empty: there are no rules/);
  });

  test('how good it is, with intervals and the standing', () => {
    const text = textOf(page);
    expect(text).toContain('above both popularities');
    expect(text).toContain('no clear difference to popularity');
    expect(text).toMatch(/matrix-factorization Recall@20 0\.\d{3} 0\.\d{3} to 0\.\d{3}/);
  });

  test('what changed, with names from the catalogue, and what it cost', () => {
    const text = textOf(page);
    expect(text).toMatch(/\d+ % of the 10 best items of a user are the same/);
    expect(text).toContain('Product 129');
    expect(page.match(/<h4>User /g)).toHaveLength(10);
    expect(text).toMatch(/2 runs of the days from 2011-12-08 on: \$0\.00\d+/);
  });

  test('the same when it is made again', async () => {
    expect(await reportOf(await shopRoot())).toBe(await reportOf(root));
  });
});

describe('a report repeats', () => {
  test('no markup of names, rejected lines and verdicts', () => {
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<b title');
    expect(page).toContain('&lt;script&gt;document.title');
    expect(page).toContain('<title>shop &amp; &lt;b title=&quot;x&quot;&gt;sons, 9 December 2011</title>');
  });

  test('no secret', () => {
    expect(page).not.toContain(PASSWORD);
    expect(page).not.toContain('jdbc:');
  });

  test('no address of another host, and no script', () => {
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:|\/\/[a-z]|url\(|@import|<link[^>]*href="(?!data:,)/,
    );
    expect(page).not.toMatch(/ on\w+=|javascript:/);
  });

  test('users in the examples only, and nothing of other clients', () => {
    expect(usersIn(page).every((user) => USERS.includes(Number(user)))).toBe(true);
    expect(page).not.toContain('rival');
    const outside = page.replace(/<ol class="examples">.*?<\/ol>/s, '').replace(/<code>.*?<\/code>/gs, '');
    expect(usersIn(outside)).toEqual([]);
  });

  test('no user and no rejected line without examples', async () => {
    const without = await reportOf(root, { withExamples: false });
    expect(usersIn(without)).toEqual([]);
    expect(without).not.toContain('<code>');
    expect(textOf(without)).toContain('Examples were left out of this report.');
    expect(textOf(without)).toContain('logs/a.gz, line 7');
  });
});

describe('a report says plainly', () => {
  test('what to do for a client of whom nothing is known', async () => {
    const text = textOf(await reportOf(new MemoryStore('/out'), { client: 'nobody' }));
    expect(text).toContain('Nothing yet');
    expect(text).toContain('offline day --client nobody');
  });

  test('which facts are missing', async () => {
    const store = new MemoryStore('/out');
    const counts = { read: 5, written: 5, rejected: 0 };
    const manifest = {
      run: 'r',
      job: 'group-actions',
      version: 4,
      client: null,
      day: LAST,
      settings: {},
      counts,
      files: [],
    };
    await store.put(`shop/actions/${LAST}/_SUCCESS`, JSON.stringify(manifest));
    const text = textOf(await reportOf(store, { client: 'shop' }));
    expect(text).toContain('5 lines came in. There is no Friday before to compare with.');
    expect(text).toContain('Not counted for this day: users, items');
    expect(text).toContain('The types were not counted for this day.');
    expect(text).toContain('No job has an output of 9 December 2011.');
    expect(text).toContain('No evaluation of these days has been made.');
    expect(text).toContain('No model has been published yet.');
    expect(text).toContain('No run of this client has an account.');
  });

  test('that a day has no actions', async () => {
    const text = textOf(await reportOf(root, { to: LAST + 1 }));
    expect(text).toContain('No actions of 2011-12-10 (15318) came in.');
  });

  test('that a catalogue is gone', async () => {
    const text = textOf(await reportOf(root, { itemsPath: join(temporaryFolder(), 'gone.ndjson') }));
    expect(text).toContain('The catalogue with the names of the items was not found.');
    expect(text).toContain(`Item ${ITEMS.at(-1)}`);
  });

  test('that a document is damaged', async () => {
    const store = await shopRoot();
    await store.put(`${SHOP}/models/mf/_history.json`, '{"changes":');
    await store.put(`${SHOP}/evaluation/${LAST}/metrics.json`, '{}');
    const text = textOf(await reportOf(store));
    expect(text).toMatch(/_history\.json .*Remove it/);
    expect(text).toMatch(/metrics\.json is damaged/);
  });
});

test('The newest day of a client is that of its actions, outputs and versions, and no day of a report', async () => {
  const store = await shopRoot();
  expect(await newestDay(store, SHOP)).toBe(LAST);
  expect(await newestDay(store, 'nobody')).toBeUndefined();
  const key = await writeReport(store, { client: SHOP, day: LAST + 5, jobs: JOBS, itemsPath: undefined }, openStore);
  expect(key).toBe(`${SHOP}/report/${LAST + 5}/index.html`);
  expect(await newestDay(store, SHOP)).toBe(LAST);
  expect(FIRST).toBeLessThan(LAST);
});
