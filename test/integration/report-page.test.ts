/** The report in a real Chromium: it requests nothing, needs no script, fits phones and paper, and axe-core finds no fault. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { JOBS } from '../../functions/index.ts';
import { firstDayOf, makeReport } from '../../shared/report/report.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { useBrowser } from '../helpers/chromium.ts';
import { catalogueText, LAST, SHOP, shopRoot } from '../helpers/report-shop.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = useBrowser();
/** The addresses of two reports: of a shop with every fact, and of a client of whom nothing is known. */
const addresses: Record<'full' | 'empty', string> = { full: '', empty: '' };

beforeAll(async () => {
  const folder = temporaryFolder();
  const itemsPath = join(folder, 'items.ndjson');
  writeFileSync(itemsPath, catalogueText());
  const request = { client: SHOP, from: firstDayOf(LAST), to: LAST, jobs: JOBS, itemsPath, withExamples: true };
  const pages = {
    full: await makeReport(await shopRoot(), request, openStore),
    empty: await makeReport(new MemoryStore('/out'), request, openStore),
  };
  for (const name of ['full', 'empty'] as const) {
    writeFileSync(join(folder, `${name}.html`), pages[name]);
    addresses[name] = pathToFileURL(join(folder, `${name}.html`)).href;
  }
});

/** Opens a report, and lets `look` at it. Fails when the page requests anything or writes to the console. */
async function withPage<T>(
  report: 'full' | 'empty',
  options: BrowserContextOptions,
  look: (page: Page) => Promise<T>,
): Promise<T> {
  const context = await browser().newContext(options);
  try {
    const page = await context.newPage();
    const said: string[] = [];
    page.on('request', (request) => said.push(`request ${request.url()}`));
    page.on('console', (message) => said.push(`console ${message.text()}`));
    page.on('pageerror', (error) => said.push(`error ${error.message}`));
    await page.goto(addresses[report], { waitUntil: 'load' });
    expect(said.filter((line) => line !== `request ${addresses[report]}` && line !== 'request data:,')).toEqual([]);
    return await look(page);
  } finally {
    await context.close();
  }
}

const viewport = (width: number) => ({ viewport: { width, height: 800 } });

/** Returns the faults that axe-core finds, with the elements. The page's policy allows no script but that of the test. */
async function faultsIn(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}

test.each([
  ['full', 360],
  ['full', 1400],
  ['empty', 360],
] as const)(
  'The %s report fits a screen of %i pixels, and axe-core finds no fault, light and dark',
  async (report, width) => {
    const grounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await withPage(report, { ...viewport(width), colorScheme, bypassCSP: true }, async (page) => {
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        // Nothing is cut off inside of its box either.
        const wider = await page.evaluate(
          '[...document.querySelectorAll("body *")].filter((e) => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible" && !e.closest("thead")).length',
        );
        expect(wider).toBe(0);
        expect(await faultsIn(page)).toEqual([]);
        grounds.push((await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string);
      });
    }
    expect(new Set(grounds).size).toBe(2);
  },
);

test('Without scripts the page shows the same, and no text of the data becomes markup', async () => {
  const read = (page: Page) => page.locator('body').innerText();
  const withScript = await withPage('full', viewport(1400), async (page) => {
    expect(await page.title()).toBe(`${SHOP}, 9 December 2011`);
    expect(await page.locator('script, img, iframe, link[rel=stylesheet]').count()).toBe(0);
    return read(page);
  });
  const without = await withPage('full', { ...viewport(1400), javaScriptEnabled: false }, read);
  expect(without).toBe(withScript);
  expect(without).toContain('<script>document.title="run"</script>');
});

test('Every chart has a sentence for those who do not see it, and its numbers in a table', async () => {
  await withPage('full', viewport(1400), async (page) => {
    const charts = await page.locator('svg').all();
    expect(charts.length).toBeGreaterThan(3);
    for (const chart of charts) {
      expect(await chart.getAttribute('role')).toBe('img');
      expect((await chart.getAttribute('aria-label'))?.length).toBeGreaterThan(40);
    }
    expect(await page.getByRole('img').count()).toBe(await page.locator('svg:visible').count());
    expect(await page.locator('details table').count()).toBeGreaterThan(2);
  });
});

test('On paper it is black on white, in pages of A4', async () => {
  await withPage('full', { ...viewport(1400), colorScheme: 'dark' }, async (page) => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.locator('nav').isVisible()).toBe(false);
    await page.emulateMedia({ media: null });
    const pdf = await page.pdf({ format: 'A4', printBackground: false });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1').match(/\/Type \/Page\b(?!s)/g)?.length).toBeGreaterThan(1);
  });
});
