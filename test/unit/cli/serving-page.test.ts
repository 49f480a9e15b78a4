/** Tests that docs/serving.md agrees with the declarations of the jobs. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import { SERVED_VECTOR_SIZE } from '../../../functions/word2vec/settings.ts';

const page = readFileSync(new URL('../../../docs/serving.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| '));

/** The page lists the models of the existing serving system. The README of any other job names its node. */
test.each(JOBS.filter(({ activates }) => activates !== undefined))('The runtime node of $name is documented', (job) => {
  const [row, ...more] = rows.filter((line) => line.startsWith(`| ${job.name} |`));
  expect(more).toEqual([]);
  const readme = () => readFileSync(new URL(`../../../functions/${job.name}/README.md`, import.meta.url), 'utf8');
  if (row === undefined) expect(readme()).toContain(`\`${job.activates}\``);
  else expect(row.split('|')[2]?.trim()).toBe(`\`${job.activates}\``);
});

test('The vector size that the server needs is the default of word2vec', () => {
  expect(page).toContain(`dimension is ${SERVED_VECTOR_SIZE}`);
  expect(page).toContain(`\`vectorSize\` is ${SERVED_VECTOR_SIZE} by default`);
});
