/** Tests the decision whether a model goes live: R26, R27 and the rules of the specification. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, compareAge, decide, futureInWords } from '../../../shared/live/decide.ts';
import type { LiveModel } from '../../../shared/live/record.ts';

/** 2011-12-10 is day 15318. */
const NOW = new Date('2011-12-10T12:00:00Z');
const RUN = '0123456789abcdef';

const candidate = (changes: Partial<Candidate> = {}): Candidate => ({
  day: 15317,
  run: RUN,
  requestedAt: '2011-12-10T03:00:00Z',
  location: `/out/shop/models/mf/15317-${RUN}`,
  ...changes,
});

const live = (changes: Partial<LiveModel> = {}): LiveModel => ({
  day: 15317,
  run: 'fedcba9876543210',
  requestedAt: '2011-12-10T02:00:00Z',
  location: '/out/shop/models/mf/15317-fedcba9876543210',
  ...changes,
});

test.each<[string, LiveModel | null, Partial<Candidate>, string]>([
  ['nothing is live', null, {}, 'goes'],
  ['an earlier day is live', live({ day: 15316 }), {}, 'goes'],
  [
    'a later day is live',
    live({ day: 15318 }),
    {},
    "the live model is of 2011-12-10 (15318), newer than this run's day",
  ],
  ['an earlier request of the day is live', live(), {}, 'goes'],
  ['a later request of the day is live', live({ requestedAt: '2011-12-10T03:00:00.001Z' }), {}, 'is not later'],
  ['a request of the same instant is live', live({ requestedAt: '2011-12-10T03:00:00.000Z' }), {}, 'is not later'],
  ['a later request of an earlier day is live', live({ day: 15316, requestedAt: '2011-12-10T09:00:00Z' }), {}, 'goes'],
  ['a model of the day without a request time is live', live({ run: null, requestedAt: null }), {}, 'goes'],
  ['a model without a day is live', live({ day: null, run: null, requestedAt: null }), {}, 'goes'],
  ['a model of the far future is live', live({ day: 24000 }), {}, 'goes'],
  ['a request of the far future is live', live({ requestedAt: '2031-01-01T00:00:00Z' }), {}, 'goes'],
  [
    'a request of the far future of a later day is live',
    live({ day: 15318, requestedAt: '2031-01-01T00:00:00Z' }),
    {},
    'newer',
  ],
  ["the run's day is tomorrow", live(), { day: 15319 }, 'goes'],
  ["the run's day is the day after tomorrow", live(), { day: 15320 }, 'lies later than tomorrow'],
  ["the run's day is beyond all dates", null, { day: 2_000_000_000 }, 'lies later than tomorrow'],
  ['the same run is live', live({ run: RUN, location: candidate().location }), {}, 'goes, the same'],
  [
    'the same run is live with a later request',
    live({ run: RUN, location: candidate().location, requestedAt: '2011-12-10T05:00:00Z' }),
    {},
    'goes, the same',
  ],
  ['the same run is live at another place', live({ run: RUN, location: '/elsewhere/15317' }), {}, 'goes'],
])('When %s, the decision is: %s', (_name, model, changes, expected) => {
  const decision = decide(candidate(changes), { live: model, hold: null }, NOW);
  const said = decision.goesLive ? `goes${decision.isSame ? ', the same' : ''}` : decision.why;
  if (expected.startsWith('goes')) expect(said).toBe(expected);
  else expect(said).toContain(expected);
});

describe('held nodes', () => {
  const hold = { since: '2011-12-01T00:00:00Z', because: 'the shop is on sale' };

  test('A held node stays, and the reason says since when and why', () => {
    expect(decide(candidate(), { live: live({ day: 1 }), hold }, NOW)).toEqual({
      goesLive: false,
      why: 'the node is held since 2011-12-01T00:00:00Z (the shop is on sale); `offline release` ends that',
    });
  });

  test('The live run may set a held node once more, but no other location', () => {
    const same = live({ run: RUN, location: candidate().location });
    expect(decide(candidate(), { live: same, hold }, NOW)).toEqual({ goesLive: true, isSame: true });
    expect(decide(candidate(), { live: { ...same, location: '/other' }, hold }, NOW)).toMatchObject({
      goesLive: false,
    });
  });
});

test('A live model of the future is named with its time and a cure', () => {
  expect(futureInWords(live({ requestedAt: '2031-01-01T00:00:00Z' }), NOW)).toMatch(
    /run fedcba9876543210.* was asked for at 2031-01-01T00:00:00Z, which lies in the future.*Set that clock/,
  );
  expect(futureInWords(live({ day: 24000 }), NOW)).toContain('is of day 2035-09-17 (24000), which lies in the future');
  expect(futureInWords(live(), NOW)).toBeUndefined();
  expect(futureInWords(null, NOW)).toBeUndefined();
});

const times = fc.constantFrom(
  null,
  'no time',
  '2011-12-09T00:00:00Z',
  '2011-12-09T00:00:00.000Z',
  '2011-12-10T01:00:00Z',
  '2031-01-01T00:00:00Z',
);
const aged = fc.record({ day: fc.constantFrom(null, 1, 15316, 15317, 15319, 15320), requestedAt: times });

test('The comparison of ages is an order: any three models agree', () => {
  fc.assert(
    fc.property(aged, aged, aged, (a, b, c) => {
      expect(compareAge(a, b, NOW)).toBe(0 - compareAge(b, a, NOW));
      if (compareAge(a, b, NOW) >= 0 && compareAge(b, c, NOW) >= 0) {
        expect(compareAge(a, c, NOW)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

test('In whatever order runs end, the newest is live in the end', () => {
  const runs = fc.uniqueArray(
    fc.record({ day: fc.integer({ min: 15300, max: 15319 }), minute: fc.integer({ min: 0, max: 59 }) }),
    { minLength: 1, maxLength: 8, selector: ({ day, minute }) => day * 60 + minute },
  );
  fc.assert(
    fc.property(runs, fc.infiniteStream(fc.nat()), (made, draws) => {
      const all = made.map(({ day, minute }, index) =>
        candidate({
          day,
          run: String(index).padStart(16, '0'),
          requestedAt: new Date(Date.UTC(2011, 11, 10, 0, minute)).toISOString(),
          location: `/out/${day}-${index}`,
        }),
      );
      const order = all.map((one) => [draws.next().value as number, one] as const).sort(([a], [b]) => a - b);
      let now: LiveModel | null = null;
      for (const [, one] of order) {
        if (decide(one, { live: now, hold: null }, NOW).goesLive) now = { ...one };
      }
      const newest = all.toSorted((a, b) => compareAge(b, a, NOW))[0];
      expect(now).toEqual({ ...newest });
    }),
  );
});
