/**
 * Compares a day of a client's actions with the 28 days before it, and says what looks wrong. It does what tests of data do
 * (Schelter et al., *Automating large-scale data quality verification*, VLDB 2018): the limits come from the shop's own days.
 *
 * A new extreme of 29 days happens by chance on one good day in 29, for each figure. A figure must therefore lie beyond the
 * extreme by a margin. Numbers are compared by their logarithms and shares by their log odds, and the margin is as wide as the
 * range between the median and the extreme, but at least `LEAST_MARGIN`. With a largest user of usually 2 % of the actions, and
 * of 4 % at most:
 *
 *   log odds    median −3.89   extreme −3.18   margin 1 (0.71 is less)   limit −2.18, which is 10 %
 */
import { dayInWords, inPercent } from '../in-words.ts';
import type { DayFigures } from '../model/day-figures.ts';
import type { SketchedSide } from '../model/day-sketch.ts';
import { type ComparedDay, newnessOf } from './compared-days.ts';
import { likelyCause } from './input-causes.ts';

/** The days before a day that it is compared with. */
export const HISTORY_DAYS = 28;
/** With actions on fewer of these days, the usual range of a figure is not known. */
const FEWEST_DAYS = 14;
/** Shops with fewer actions a day differ too much from day to day. */
const FEWEST_LINES = 20;
const WEEK = 7;
/** With fewer days of the same weekday, the median is that of all days. */
const FEWEST_SAME_WEEKDAYS = 2;
/** A weekday is usually open when it had actions in at least so many of the four weeks before. */
const OPEN_WEEKS = 3;
/** Numbers below a third, or above three times the median of their weekday look wrong. */
const FAR = 3;
/** The least margins, as measured in docs/verdict.md: smaller ones warn about more good days. */
const MARGINS = { number: 0.35, share: 1, mix: 0.7 };
/** A type or an hour is missing when at least so many actions were expected by the smallest share that it had. */
const FEWEST_EXPECTED = 10;
/** A share must lie above the usual ones by at least so much, because less is no gross fault. */
const LEAST_EXCESS = 0.02;

/** Something that looks wrong about a day. */
export interface InputFault {
  readonly day: number;
  readonly figure: string;
  readonly value: number;
  readonly limit: number;
  /** One sentence for the reader, with the day, the value, the usual range and what it may mean. */
  readonly says: string;
}

/** A share as a number of cases among all. */
interface Share {
  readonly cases: number;
  readonly of: number;
}

/** The figures of a day, and those that compare it with the days before it. */
export interface DayFacts {
  readonly day: number;
  readonly figures: DayFigures;
  readonly shares: Readonly<Record<ShareName, Share | undefined>>;
}

const NUMBERS = ['lines', 'users', 'items'] as const;
/** The figures of which only a large value looks wrong, with their words. */
const SHARES = {
  largestUser: 'of the actions are of one user',
  largestItem: 'of the actions are of one item',
  duplicates: 'of the lines repeat another line',
  otherDays: 'of the times are not on the day',
  newUsers: 'of the users are new',
  newItems: 'of the items are new',
  repeatedPairs: 'of the pairs of user and item are those of the day before',
} as const;
type ShareName = keyof typeof SHARES;
const SHARE_NAMES = Object.keys(SHARES) as ShareName[];

/**
 * Returns the reason why a day has too little to be compared with; undefined if it can be compared.
 *
 * @param days the facts of days of the client, ascending. They may end after the day
 */
export function reasonNotCompared(day: number, days: readonly DayFacts[]): string | undefined {
  const history = historyOf(day, days);
  if (history.length < FEWEST_DAYS) {
    return `${history.length} of the ${HISTORY_DAYS} days before ${dayInWords(day)} have figures, and ${FEWEST_DAYS} are needed`;
  }
  const lines = medianOf(history.map(({ figures }) => figures.lines));
  if (lines >= FEWEST_LINES) return undefined;
  return `the days before ${dayInWords(day)} have ${lines} actions (median), and ${FEWEST_LINES} are needed`;
}

/**
 * Returns what looks wrong about a day that can be compared, the clearest faults first.
 *
 * @param days as for `reasonNotCompared`. A day that is not among them had no action
 */
export function faultsOfDay(day: number, days: readonly DayFacts[]): InputFault[] {
  const usual = historyOf(day, days);
  const own = days.find((other) => other.day === day);
  if (own === undefined) return emptyDay(day, usual);
  const numbers = NUMBERS.flatMap((name) => numberFault(name, own, usual) ?? []);
  if (own.figures.lines < FEWEST_LINES) return numbers;
  return [
    ...SHARE_NAMES.flatMap((name) => shareFault(name, own, usual) ?? []),
    ...missing('type', typesOf, own, usual),
    ...missing('hour', hoursOf, own, usual),
    ...numbers,
    ...mixFault('types', typesOf, own, usual),
    ...mixFault('hours', hoursOf, own, usual),
  ];
}

const historyOf = (day: number, days: readonly DayFacts[]): readonly DayFacts[] =>
  days.filter((other) => other.day < day && other.day >= day - HISTORY_DAYS);

/** Returns the facts of a day. @param before the earlier days with actions, ascending: at least 7, or all if there are fewer */
export function factsOf(compared: ComparedDay, before: readonly ComparedDay[]): DayFacts {
  const { day, figures, sketch } = compared;
  const { lines, largestUser, largestItem, duplicates, otherDays } = figures;
  const { newUsers, newItems, repeatedPairs } = newnessOf(compared, before);
  const ofLines = (cases: number): Share => ({ cases, of: lines });
  const ofSample = (share: number | undefined, side: SketchedSide): Share | undefined => {
    const of = sketch?.[side].hashes.length ?? 0;
    return share === undefined ? undefined : { cases: share * of, of };
  };
  return {
    day,
    figures,
    shares: {
      largestUser: ofLines(largestUser),
      largestItem: ofLines(largestItem),
      duplicates: ofLines(duplicates),
      otherDays: ofLines(otherDays),
      newUsers: ofSample(newUsers, 'users'),
      newItems: ofSample(newItems, 'items'),
      repeatedPairs: ofSample(repeatedPairs, 'pairs'),
    },
  };
}

function emptyDay(day: number, history: readonly DayFacts[]): InputFault[] {
  const same = history.filter((other) => isSameWeekday(other.day, day)).map(({ figures }) => figures.lines);
  if (same.length < OPEN_WEEKS) return [];
  return [fault(day, 'empty', 0, 1, `there is no action, and the same weekday before had ${rangeOf(same)}`)];
}

function numberFault(
  name: (typeof NUMBERS)[number],
  own: DayFacts,
  usual: readonly DayFacts[],
): InputFault | undefined {
  const value = own.figures[name];
  const numberIn = ({ figures }: DayFacts): number => figures[name];
  const all = usual.map(numberIn);
  const same = usual.filter(({ day }) => isSameWeekday(day, own.day)).map(numberIn);
  const median = medianOf(same.length < FEWEST_SAME_WEEKDAYS ? all : same);
  const log = Math.log(Math.max(value, 0.5));
  const [low, high] = limitsOf(all.map(Math.log), MARGINS.number).map(Math.exp) as [number, number];
  const isLow = value < Math.min(...all) && (value * FAR < median || log < Math.log(low));
  const isHigh = value > Math.max(...all) && (value > median * FAR || log > Math.log(high));
  if (!isLow && !isHigh) return undefined;
  const limit = isLow ? Math.max(low, Math.min(...all, median / FAR)) : Math.min(high, Math.max(...all, median * FAR));
  const words = `${value} ${name === 'lines' ? 'actions' : name}, while the ${usual.length} days before had ${rangeOf(all)}`;
  return fault(own.day, isLow ? `few ${name}` : `many ${name}`, value, Math.round(limit), words);
}

function shareFault(name: ShareName, own: DayFacts, usual: readonly DayFacts[]): InputFault | undefined {
  const now = own.shares[name];
  const before = usual.flatMap(({ shares }) => shares[name] ?? []);
  if (now === undefined || before.length < FEWEST_DAYS) return undefined;
  const { value, limit, most } = comparedShare(now, before, MARGINS.share);
  if (value <= limit) return undefined;
  const words = `${inPercent(value)} ${SHARES[name]}, and at most ${inPercent(most)} on the ${before.length} days before`;
  return fault(own.day, name, value, limit, words);
}

/** Returns a share, its limit, and the largest of the shares before. @param margin the least margin */
function comparedShare(now: Share, before: readonly Share[], margin: number) {
  const [, high] = limitsOf(before.map(logOdds), margin);
  const most = Math.max(...before.map(({ cases, of }) => cases / of));
  // The limit is put back as the share that has these log odds among so many cases.
  const odds = Math.exp(high);
  const limit = (odds * (now.of + 0.5) - 0.5) / (1 + odds) / now.of;
  return { value: now.cases / now.of, limit: Math.max(limit, most + LEAST_EXCESS), most };
}

/** Half a case is added to both sides, so that 0 and 1 have log odds, and shares of few cases have a wide range. */
const logOdds = ({ cases, of }: Share): number => Math.log((cases + 0.5) / (of - cases + 0.5));

type Mix = Readonly<Record<string, number>>;
const typesOf = ({ figures }: DayFacts): Mix => figures.types;
const hoursOf = ({ figures }: DayFacts): Mix => Object.fromEntries(figures.hours.entries());

/** Finds the types, or hours, that every day before had. */
function missing(
  kind: 'type' | 'hour',
  mixOf: (facts: DayFacts) => Mix,
  own: DayFacts,
  usual: readonly DayFacts[],
): InputFault[] {
  const now = mixOf(own);
  return Object.keys(mixOf(usual[0]!)).flatMap((key) => {
    if ((now[key] ?? 0) > 0) return [];
    const before = usual.map((facts) => mixOf(facts)[key] ?? 0);
    const least = Math.min(...usual.map((facts, place) => before[place]! / facts.figures.lines));
    if (least * own.figures.lines < FEWEST_EXPECTED) return [];
    const name = kind === 'type' ? `type ${key}` : `the hour from ${key.padStart(2, '0')}:00 UTC`;
    const words = `no action is of ${name}, and the ${before.length} days before had ${rangeOf(before)}`;
    return [fault(own.day, `missing ${kind}`, 0, Math.min(...before), words)];
  });
}

/** Compares the mix of the day with the mean mix of the days before: by the share that would have to be another. */
function mixFault(
  name: 'types' | 'hours',
  mixOf: (facts: DayFacts) => Mix,
  own: DayFacts,
  usual: readonly DayFacts[],
): InputFault[] {
  const keys = [...new Set([...usual, own].flatMap((facts) => Object.keys(mixOf(facts))))];
  const sharesOf = (facts: DayFacts) => keys.map((key) => (mixOf(facts)[key] ?? 0) / facts.figures.lines);
  const shares = usual.map(sharesOf);
  const mean = keys.map((_, key) => shares.reduce((sum, own) => sum + own[key]!, 0) / shares.length);
  const distance = (mix: readonly number[], of: number): Share => ({
    cases: (of * mix.reduce((sum, share, key) => sum + Math.abs(share - mean[key]!), 0)) / 2,
    of,
  });
  const before = usual.map((facts, place) => distance(shares[place]!, facts.figures.lines));
  const { value, limit, most } = comparedShare(distance(sharesOf(own), own.figures.lines), before, MARGINS.mix);
  if (value <= limit) return [];
  const words =
    `the ${name} of ${inPercent(value)} of the actions differ from the usual mix, ` +
    `and of at most ${inPercent(most)} on the ${before.length} days before`;
  return [fault(own.day, `mix of ${name}`, value, limit, words)];
}

/** Returns the lower and the upper limit. @param least the least margin between an extreme and its limit */
function limitsOf(values: readonly number[], least: number): [low: number, high: number] {
  const median = medianOf(values);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [low - Math.max(least, median - low), high + Math.max(least, high - median)];
}

const fault = (day: number, figure: string, value: number, limit: number, words: string): InputFault => ({
  day,
  figure,
  value,
  limit,
  says: `${dayInWords(day)}: ${words}${likelyCause(figure)}`,
});

const isSameWeekday = (a: number, b: number): boolean => (a - b) % WEEK === 0;
const rangeOf = (values: readonly number[]): string => `${Math.min(...values)} to ${Math.max(...values)}`;

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
