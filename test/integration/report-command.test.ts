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

  test('refuses a catalogue that is not there, and names it', async () => {
    const args = ['report', '--client', 'shop', '--output-path', 'models', '--items-path', 'lost.ndjson'];
    const ended = await offline(args, { cwd: folder });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain(`--items-path: there is no file at ${join(folder, 'lost.ndjson')}`);
  });
});
