import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobModel } from '../../../shared/cost/model.ts';
import { addModels } from '../../benchmark/cost-model.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const model = (version: number): JobModel => ({ version, steps: [] });

describe('the cost model', () => {
  test('The model of a job that was measured alone is added, and the other models are kept', () => {
    const path = join(temporaryFolder(), 'model.json');
    addModels(path, { a: model(1), c: model(1) }, ['a', 'c']);
    addModels(path, { b: model(2) }, ['a', 'b', 'c']);
    // Each job has a line of its own, so that one measurement changes one line.
    expect(readFileSync(path, 'utf8')).toBe(
      '{\n"a":{"version":1,"steps":[]},\n"b":{"version":2,"steps":[]},\n"c":{"version":1,"steps":[]}\n}\n',
    );
    addModels(path, { c: model(3) }, ['a', 'b', 'c']);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ a: model(1), b: model(2), c: model(3) });
  });

  test('The model of a job that is no longer registered is removed', () => {
    const path = join(temporaryFolder(), 'model.json');
    addModels(path, { a: model(1), b: model(1) }, ['a', 'b']);
    addModels(path, { b: model(2) }, ['b']);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ b: model(2) });
  });
});
