/** Tests that ids and names from a log cannot write over the terminal. */
import { expect, test } from 'vitest';
import { recommendedReport } from '../../../cli/answers/report.ts';

test('Control characters in own ids and names are written as escapes, on one line', () => {
  const text = recommendedReport({
    client: 'shop',
    user: 1,
    clientUser: 'line\nbreak',
    model: { job: 'x', day: 15_317, date: '2011-12-09', run: 'a', location: '/models', isLive: false },
    window: { from: 15_317, to: 15_317 },
    met: 0,
    items: [{ item: 2, clientItem: 'red \u001b[31m', name: 'turned \u202e', score: 1 }],
  });
  expect(text).toMatch(/^shop, user line\\u000abreak \(1\): /);
  expect(text).toContain('red \\u001b[31m  turned \\u202e');
});
