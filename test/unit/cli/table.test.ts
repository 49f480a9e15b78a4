import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fields, paragraph, table } from '../../../cli/table.ts';

const JOBS = [
  ['job', 'reads', 'activates', 'what it does'],
  ['matrix-factorization', 'actions', 'mf', 'User and item vectors from implicit feedback'],
  ['fpgrowth', 'basketanalysis, sessionitems', 'assocrules', 'Association rules from frequent item sets'],
];

const widthOf = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('A table', () => {
  test('is as wide as its cells, aligns numbers to the right and has no space at line ends', () => {
    const rows = [
      ['name', 'n', 'note'],
      ['a', '10', ''],
      ['long name', '9', 'x'],
    ];
    expect(table(rows, [1]).split('\n')).toEqual(['name        n  note', 'a          10', 'long name   9  x']);
  });

  test('that is a little too wide wraps its widest column between words', () => {
    expect(table(JOBS, [], { width: 112 }).split('\n')).toEqual([
      'job                   reads                         activates   what it does',
      'matrix-factorization  actions                       mf          User and item vectors from implicit feedback',
      'fpgrowth              basketanalysis, sessionitems  assocrules  Association rules from frequent item sets',
    ]);
    expect(table(JOBS, [], { width: 100 }).split('\n')).toEqual([
      'job                   reads                         activates   what it does',
      'matrix-factorization  actions                       mf          User and item vectors from implicit',
      '                                                                feedback',
      'fpgrowth              basketanalysis, sessionitems  assocrules  Association rules from frequent item',
      '                                                                sets',
    ]);
  });

  test('whose last column would become too narrow puts it below each row', () => {
    expect(table(JOBS, [], { width: 60 }).split('\n')).toEqual([
      'job                   reads                       activates',
      '    what it does',
      'matrix-factorization  actions                     mf',
      '    User and item vectors from implicit feedback',
      'fpgrowth              basketanalysis,             assocrules',
      '                      sessionitems',
      '    Association rules from frequent item sets',
    ]);
  });

  test('whose longest words do not fit beside each other becomes a block of lines for each row', () => {
    expect(table(JOBS, [], { width: 40, indent: 2 }).split('\n')).toEqual([
      '  job           matrix-factorization',
      '  reads         actions',
      '  activates     mf',
      '  what it does  User and item vectors',
      '                from implicit feedback',
      '',
      '  job           fpgrowth',
      '  reads         basketanalysis,',
      '                sessionitems',
      '  activates     assocrules',
      '  what it does  Association rules from',
      '                frequent item sets',
    ]);
  });

  test('counts a wide character as two columns, and keeps a percent sign beside its number', () => {
    const rows = [
      ['film', 'share'],
      ['千と千尋', 'items +10 %, users +2 %'],
    ];
    expect(table(rows, [], { width: 60 })).toContain('film      share');
    expect(table(rows, [1], { width: 22 }).split('\n')[1]).toBe('千と千尋  items +10 %,');
  });

  test('fits into every width that has room for its words, and loses no word', () => {
    const cell = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 8 }).map((words) => words.join(' '));
    const rows = fc
      .integer({ min: 1, max: 5 })
      .chain((columns) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 2, maxLength: 5 }),
      );
    fc.assert(
      fc.property(rows, fc.integer({ min: 45, max: 130 }), ([head, ...others], width) => {
        const named = [head!.map((_, at) => `head${at}`), ...others];
        const text = table(named, [], { width });
        expect(widthOf(text)).toBeLessThanOrEqual(width);
        const words = (of: string) =>
          of
            .split(/\s+/)
            .filter((word) => word !== '' && !word.startsWith('head'))
            .sort();
        expect(words(text)).toEqual(words(others.flat().join(' ')));
      }),
    );
  });
});

test('Names and values are aligned, and a path is never broken', () => {
  const path = '/a/very/long/path/to/an/output/folder/of/a/client/and/a/job/15317';
  expect(
    fields(
      [
        ['counts', '8 lines, 3 rejected, 27 users and 4 items'],
        ['output', path],
      ],
      { width: 40, indent: 2 },
    ),
  ).toBe(['  counts  8 lines, 3 rejected, 27 users', '          and 4 items', `  output  ${path}`].join('\n'));
});

test('A paragraph goes on further to the right', () => {
  expect(paragraph('nothing to read for 12 days', { width: 20, indent: 2, hanging: 2 })).toBe(
    '  nothing to read\n    for 12 days',
  );
  expect(paragraph('nothing to read for 12 days', { width: Number.POSITIVE_INFINITY, indent: 2 })).toBe(
    '  nothing to read for 12 days',
  );
});

test('The name of a group stands once in columns, and in every block', () => {
  const rows = [
    ['group', 'member', 'value'],
    ['vegetables', 'carrots-and-parsnips', '1'],
    ['vegetables', 'potatoes', '2'],
    ['fruit', 'potatoes', '3'],
  ];
  expect(table(rows, [], { isGrouped: true }).split('\n').slice(1)).toEqual([
    'vegetables  carrots-and-parsnips  1',
    '            potatoes              2',
    'fruit       potatoes              3',
  ]);
  expect(table(rows, [2], { width: 30, isGrouped: true }).match(/^group +\w+$/gm)).toEqual([
    'group   vegetables',
    'group   vegetables',
    'group   fruit',
  ]);
});
