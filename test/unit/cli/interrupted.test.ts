import { expect, test } from 'vitest';
import { thisCommand } from '../../../cli/interrupted.ts';

const argv = (...words: string[]) => ['/bin/node', `${process.cwd()}/cli/main.mjs`, ...words];

test.each([
  ['npm run offline -- day --client shop', argv('day', '--client', 'shop'), { npm_lifecycle_event: 'offline' }],
  ['npm run --silent offline -- jobs', argv('jobs'), { npm_lifecycle_event: 'offline', npm_config_loglevel: 'silent' }],
  ['npm run start', argv(), { npm_lifecycle_event: 'start' }],
  ['npx offline daily --day 15317', argv('daily', '--day', '15317'), { OFFLINE_TYPED_AS: 'npx offline' }],
  ['offline jobs', argv('jobs'), { OFFLINE_TYPED_AS: 'offline', npm_lifecycle_event: 'start' }],
  ['node cli/main.mjs jobs', argv('jobs'), { npm_lifecycle_event: 'test' }],
  [`node cli/main.mjs run 'a b' 'it'\\''s'`, argv('run', 'a b', "it's"), {}],
  [
    "node cli/main.mjs run --set 'jdbc=jdbc:mysql://h/d;***'",
    argv('run', '--set', 'jdbc=jdbc:mysql://h/d;password=p'),
    {},
  ],
])('The command that goes on is %s', (expected, given, environment) => {
  expect(thisCommand(given, environment)).toBe(expected);
});
