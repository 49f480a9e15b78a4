import { expect, test } from 'vitest';
import { masked } from '../../../shared/config/masked.ts';

test.each([
  ['jdbc:mysql://h/d?user=u&password=CANARY', 'jdbc:mysql://h/d?user=u&password=***'],
  ['jdbc:mysql://h/d?password=a&CANARY=1 is refused', 'jdbc:mysql://h/d?password=*** is refused'],
  ['jdbc:mysql://h/d;CANARY', 'jdbc:mysql://h/d;***'],
  ['jdbc:mysql://h/d;password=CANARY', 'jdbc:mysql://h/d;***'],
  ['"jdbc:mysql://h/d;password=CANARY" is none', '"jdbc:mysql://h/d;***" is none'],
  ['mysql://u:CANARY@h/d', 'mysql://***@h/d'],
  ['s3n://id:CANARY@bucket/x', 's3n://***@bucket/x'],
  ['PASSWORD=CANARY', 'PASSWORD=***'],
  ['d%3bpassword%3DCANARY', 'd%3bpassword%3D***'],
])('The secret in %s is masked', (text, shown) => {
  expect(masked(text)).toBe(shown);
  expect(masked(shown)).toBe(shown);
});

test.each([
  'check user and password',
  "Access denied for user 'u'@'h' (using password: YES)",
  'Allowed: jdbc:mysql://host:3306/database?user=…&password=…, with the parameters user; see the docs',
  's3://bucket/prefix is not there',
])('A text without a password is unchanged: %s', (text) => {
  expect(masked(text)).toBe(text);
});
