import { expect, test } from 'vitest';
import { earlierModels, type HistoryEntry } from '../../../shared/live/history.ts';

/** Returns a model: `a@s3n` is run `a` at a location below `s3n`, and `/old` is a location without a known run. */
function modelOf(text: string) {
  const [run = '', root] = text.split('@');
  const place = { requestedAt: null, location: root === undefined ? text : `${root}/15317-${run}` };
  return root === undefined ? { day: null, run: null, ...place } : { day: 15317, run, ...place };
}

const history = (...texts: string[]): HistoryEntry[] =>
  texts.map((text, seq) => {
    const [by, model] = text.startsWith('<') ? (['rollback', text.slice(1)] as const) : (['run', text] as const);
    return { root: '', seq, when: '', by, because: null, live: modelOf(model), held: false };
  });

test.each<[string, string[], string[]]>([
  ['nothing was live before', ['a@s3n'], []],
  ['two were live before', ['a@s3n', 'b@s3n', 'c@s3n'], ['a@s3n', 'b@s3n']],
  ['one was rolled back from', ['a@s3n', 'b@s3n', 'c@s3n', '<b@s3n'], ['a@s3n']],
  ['one went live again and is listed once, last', ['a@s3n', 'b@s3n', 'a@s3n', 'c@s3n'], ['b@s3n', 'a@s3n']],
  ['the live location is spelt in another way', ['a@s3n', 'b@s3n', 'b@s3a'], ['a@s3n']],
  ['an earlier location is spelt in another way', ['a@s3n', 'b@s3n', 'a@s3a', 'c@s3a'], ['b@s3n', 'a@s3a']],
  ['models without a run are told apart by location', ['/old', '/older', 'a@s3n'], ['/old', '/older']],
])('A rollback can lead to the earlier models when %s', (_name, changes, earlier) => {
  expect(earlierModels(history(...changes))).toEqual(earlier.map(modelOf));
});
