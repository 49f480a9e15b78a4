/** The notices that a reader should see first: the failures and the warnings of the day, in sentences. */
import { count, dayInWords } from '../in-words.ts';
import { rejectShare } from '../job/reject-words.ts';
import type { Facts } from './facts.ts';
import { percent } from './words.ts';

export interface Notice {
  /** `bad`: something did not go live or was not made. `warn`: it went live, and a person should look. */
  readonly level: 'bad' | 'warn';
  readonly says: string;
}

/** Above this share of rejected lines a reader is told. The grouping refuses a day above a tenth by default. */
const MANY_REJECTS = 0.01;

/** Returns the notices, the worst first. */
export function noticesOf(facts: Facts): Notice[] {
  const { made, changes, input, to, quality, warnings } = facts;
  const bad = made.flatMap(({ job, outcome, verdict }) => {
    if (outcome === 'blocked')
      return [`${job} was computed and does not go live: ${failuresIn(verdict?.checks ?? [])}`];
    return outcome === 'missing' ? [`${job} has no output of this day.`] : [];
  });
  const warned = made.flatMap(({ job, outcome, verdict }) =>
    outcome === 'made' && verdict?.verdict === 'warned'
      ? [`${job} went through with a warning: ${failuresIn(verdict.checks)}`]
      : [],
  );
  const held = changes.models.flatMap(({ job, held: hold }) =>
    hold === null
      ? []
      : [
          `${job} is held since ${hold.since.slice(0, 10)}${hold.because === null ? '' : ` (${hold.because})`}: newer models are published and do not go live.`,
        ],
  );
  const today = input.find(({ day }) => day === to);
  const lines = input.length > 0 && today === undefined ? [`No actions of ${dayInWords(to)} came in.`] : [];
  const { read = null, rejected = null } = today ?? {};
  const share = rejectShare({ lines: read ?? 0, rejected: rejected ?? 0, bytes: 0, rejectedBytes: 0 });
  if (rejected !== null && share > MANY_REJECTS) {
    lines.push(`${count(rejected)} of ${count(read ?? 0)} lines (${percent(share)}) were rejected.`);
  }
  const below = [...quality.standings].flatMap(([scorer, { places }]) =>
    places?.popularity === 'below' || places?.['recent-popularity'] === 'below'
      ? [`${scorer} recommends worse than popular items did over its last evaluated days.`]
      : [],
  );
  return [
    ...bad.map((says) => ({ level: 'bad', says }) as const),
    ...[...lines, ...warned, ...held, ...below, ...warnings].map((says) => ({ level: 'warn', says }) as const),
  ];
}

const failuresIn = (checks: readonly { verdict: string; check: string; says: string }[]): string =>
  `${checks
    .filter(({ verdict }) => verdict === 'blocked' || verdict === 'warned')
    .map(({ check, says }) => `${check}: ${says}`)
    .join('; ')}.`;
