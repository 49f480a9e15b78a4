import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { offline } from '../helpers/offline.ts';

describe('offline report', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'report-command-'));
    const nodes = join(folder, 'config/all_clients/shop/offline');
    mkdirSync(nodes, { recursive: true });
    writeFileSync(join(nodes, 'matrix-factorization'), JSON.stringify({ outputPath: join(folder, 'models') }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('reads the root of outputs that the client’s nodes name', async () => {
    const args = ['report', '--client', 'shop', '--config-root', 'config', '--to', '15317', '--json'];
    const ended = await offline(args, { cwd: folder });
    expect(ended.stderr).toBe('');
    expect(JSON.parse(ended.stdout)).toMatchObject({ file: join(folder, 'models/shop/report/15317/index.html') });
  });

  test.each([
    { command: ['report'] },
    { command: ['tune', 'similar-items', '--start-day', '15317', '--days', '6', '--holdout-days', '2'] },
    { command: ['evaluate', '--jobs', 'similar-items', '--start-day', '15317', '--days', '6', '--holdout-days', '2'] },
  ])(
    '$command.0 refuses a client that the configuration root does not know, and names those that it knows',
    async ({ command }) => {
      const ended = await offline([...command, '--client', 'shopp', '--config-root', 'config'], { cwd: folder });
      expect(ended.status).toBe(2);
      expect(ended.stderr).toMatch(/knows no client "shopp".* It knows shop; did you mean shop\?/s);
      expect(ended.stdout).toBe('');
    },
  );

  test('refuses a catalogue that is not there, and names it', async () => {
    const args = ['report', '--client', 'shop', '--output-path', 'models', '--items-path', 'lost.ndjson'];
    const ended = await offline(args, { cwd: folder });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain(`--items-path: there is no file at ${join(folder, 'lost.ndjson')}`);
  });
});
