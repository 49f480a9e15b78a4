/** What the error about too many rejects proposes. */
import type { WaysOut } from '../../shared/job/reject-words.ts';
import type { GroupingSettings } from './settings.ts';

/** Returns the ways out of too many rejects. A shop whose ids are texts may not know that they can be read. */
export const waysOutOfRejects = (ids: GroupingSettings['ids']): WaysOut => ({
  option: '--max-reject-ratio',
  hint: (first) =>
    ids === 'given' && first.some((line) => NEEDS_ASSIGN.test(line))
      ? 'If the ids are texts, or the times epoch times, group with ids: assign (--ids assign)'
      : undefined,
});

const NEEDS_ASSIGN = /"reason":"((userid|itemid): not an integer|timestamp_utc: not a string)/;
