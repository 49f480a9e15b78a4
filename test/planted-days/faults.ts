/**
 * Faults of a day's log, as they happen: each function returns the log of a good day as it would be with the fault. A measure of
 * the verdict plants them one at a time on days of shops, and counts how many are found.
 */
import { type Event, MS_PER_DAY } from './events.ts';

export interface FaultyDay {
  readonly day: number;
  readonly events: readonly Event[];
  /** The log of the last day before it that has one. */
  readonly before: readonly Event[];
  /** Returns numbers from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

export type Fault = (of: FaultyDay) => readonly Event[];

/** Larger than any id of the shops, so that ids become others. */
const RENUMBERED = 2 ** 40;

const mostOf = (events: readonly Event[], keyOf: (event: Event) => number): number => {
  const counts = new Map<number, number>();
  for (const event of events) counts.set(keyOf(event), (counts.get(keyOf(event)) ?? 0) + 1);
  return [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most), [0, 0])[0];
};

const hourOf = ({ timeMs }: Event): number => Math.floor((timeMs % MS_PER_DAY) / 3_600_000);

/** The name of a fault → the function that plants it. */
export const INPUT_FAULTS: Readonly<Record<string, Fault>> = {
  'a third of the events': ({ events, random }) => events.filter(() => random() < 1 / 3),
  'three times the events': ({ events, random }) => {
    // Each of the others has the user of one event and the item and time of another one, so no line comes twice.
    const any = () => events[Math.floor(events.length * random())] as Event;
    return events.flatMap((event) => [event, { ...any(), user: any().user }, { ...any(), user: any().user }]);
  },
  'one bot with half of the events': ({ events, random }) => [
    ...events,
    ...events.map((event) => ({
      ...event,
      user: RENUMBERED,
      timeMs: Math.min(event.timeMs + Math.floor(1000 * random()), endOf(event.timeMs)),
    })),
  ],
  'ids renumbered': ({ events }) =>
    events.map((event) => ({ ...event, user: event.user + RENUMBERED, item: event.item + RENUMBERED })),
  'the data of the day before again': ({ day, before }) =>
    before.map((event) => ({ ...event, timeMs: day * MS_PER_DAY + (event.timeMs % MS_PER_DAY) })),
  'every event twice': ({ events }) => [...events, ...events],
  'times a day off': ({ events }) => events.map((event) => ({ ...event, timeMs: event.timeMs - MS_PER_DAY })),
  'the commonest type missing': ({ events }) => {
    const most = mostOf(events, ({ type }) => type);
    return events.filter(({ type }) => type !== most);
  },
  'the second type missing': ({ events }) => {
    const first = mostOf(events, ({ type }) => type);
    const second = mostOf(
      events.filter(({ type }) => type !== first),
      ({ type }) => type,
    );
    return events.filter(({ type }) => type !== second);
  },
  'the commonest hour missing': ({ events }) => {
    const most = mostOf(events, hourOf);
    return events.filter((event) => hourOf(event) !== most);
  },
  'no event': () => [],
};

const endOf = (timeMs: number): number => (Math.floor(timeMs / MS_PER_DAY) + 1) * MS_PER_DAY - 1;
