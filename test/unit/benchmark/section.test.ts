import { expect, test } from 'vitest';
import { withSection } from '../../benchmark/results.ts';
import { type Section, sectionText } from '../../benchmark/section.ts';

const section: Section = {
  title: 'Cost',
  text: 'Predictions against runs.',
  rows: [
    { what: 'requests', ratio: 0.5, target: { atMost: 0.02 }, note: '1 for 2' },
    { what: 'shards', ratio: 0, target: { atMost: 0.02 }, note: '2 for 2' },
  ],
  contenders: [],
};

test('A section shows its targets, and which of them are met', () => {
  expect(sectionText(section)).toMatch(/requests \| 0\.50 +\| ≤ 0\.02 \| \*\*missed\*\* \| 1 for 2/);
  expect(sectionText(section)).toMatch(/shards +\| 0\.00 +\| ≤ 0\.02 \| met +\| 2 for 2/);
});

test('A section at a size without targets shows neither targets nor verdicts', () => {
  const text = sectionText(section, false);
  expect(text).toMatch(/requests \| 0\.50 +\| 1 for 2/);
  expect(text).not.toMatch(/target|met|missed|≤/);
});

test('A section replaces the one with its title, and a new one comes at the end', () => {
  const before = withSection(withSection('', 'A', '## A\n\nold'), 'AB', '## AB\n\nother');
  const after = withSection(before, 'A', '## A\n\nnew');
  expect(before).toMatch(/^# Measured\n[^#]+## A\n\nold\n\n## AB\n\nother\n$/);
  expect(after).toBe(before.replace('old', 'new'));
});
