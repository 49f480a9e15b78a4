/** Tests what the error about too many rejects proposes to a shop whose ids are texts. */
import { describe, expect, test } from 'vitest';
import { waysOutOfRejects } from '../../../functions/group-actions/ways-out.ts';
import { tooManyRejects } from '../../../shared/job/reject-words.ts';

const messageOf = (ids: 'given' | 'assign', reason: string): string =>
  tooManyRejects(
    '2 of 2 lines were rejected',
    0.1,
    [JSON.stringify({ line: 1, reason, text: '{}' })],
    waysOutOfRejects(ids),
  ).message;

describe('The error about too many rejects', () => {
  test.each([
    'userid: not an integer from 0 to 9007199254740991',
    'itemid: not an integer from 0 to 9007199254740991',
    'timestamp_utc: not a string',
  ])('names --ids assign when the reason is "%s"', (reason) => {
    expect(messageOf('given', reason)).toContain(
      'If the ids are texts, or the times epoch times, group with ids: assign (--ids assign). Correct the input, or raise maxRejectRatio (--max-reject-ratio)',
    );
  });

  test('does not name it for other reasons, and not when ids are assigned already', () => {
    expect(messageOf('given', 'not JSON')).not.toContain('assign');
    expect(messageOf('assign', 'userid: not an integer from 0 to 9007199254740991')).not.toContain('assign');
  });
});
