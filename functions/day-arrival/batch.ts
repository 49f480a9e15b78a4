/**
 * The events of new objects, in the batches in which a queue delivers them. A batch holds up to 10,000 events of any days, and
 * each of its days is looked at once. The days are independent: when one of them fails, only its events go back to the queue.
 */
import * as z from 'zod';
import { atMost } from '../../shared/at-most.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import { parseJson } from '../../shared/json.ts';
import { SUCCESS } from '../../shared/store/keys.ts';
import { type ArrivalEnvironment, objectsCame } from './arrival.ts';
import { ARRIVAL_HANDLERS } from './arrival-machine.ts';
import { dayFolderOf, dayOfObject } from './core.ts';
import { said } from './events.ts';

/** A batch, as Lambda hands over the messages of a queue. A body is the text of S3's EventBridge event "Object Created". */
export interface ObjectBatch {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

/** The messages that go back to the queue. After five times they go to the dead letters. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

const objectCreated = z.object({
  detail: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
});

/** The events of one day. */
interface DayEvents {
  readonly messages: string[];
  /** True when one of the events is about the marker. */
  hasMarker: boolean;
}

/** Days that are looked at together. A look takes up to 20 seconds, for a folder of 100,000 files. */
const DAYS_AT_ONCE = 8;

const timeoutSeconds = ARRIVAL_HANDLERS.find(({ name }) => name === 'arrive')!.timeoutSeconds;

/** Looks at each day that the batch has an object of. Returns the messages of the days that failed. */
export async function arrive(batch: ObjectBatch, environment: ArrivalEnvironment): Promise<BatchAnswer> {
  const { log, now, logPattern } = environment;
  const { days, elsewhere, unreadable } = byDay(batch, logPattern);
  if (elsewhere.length > 0) {
    const folders = `lies in no day's folder of ${logPattern}`;
    log('info', `nothing to do for ${elsewhere.length} objects: ${elsewhere[0]} ${folders}`);
  }
  for (const messageId of unreadable) {
    log('warn', `message ${messageId} is no event of a new object: it goes to the dead letters in the end`);
  }
  // A day that is begun in the second half of the function's time could be cut off, and all days of the batch with it.
  const until = now().getTime() + (timeoutSeconds * 1000) / 2;
  const failed = await atMost(DAYS_AT_ONCE, [...days], async ([day, events]) => {
    const why =
      now().getTime() > until ? 'this batch has no time left for it' : await whyFailed(day, events, environment);
    if (why === undefined) return [];
    log('warn', `day ${dayInWords(day)} goes back to the queue: ${why}`, { day });
    return events.messages;
  });
  return { batchItemFailures: [...unreadable, ...failed.flat()].map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Looks at a day. Returns why that failed, so that the other days of the batch are looked at all the same. */
async function whyFailed(day: number, events: DayEvents, environment: ArrivalEnvironment): Promise<string | undefined> {
  try {
    const outcome = await objectsCame(day, events.hasMarker, environment);
    said(day, outcome, environment, { events: events.messages.length });
    return undefined;
  } catch (error) {
    const { name, message } = thrownError(error);
    return `${name}: ${message}`;
  }
}

interface SortedBatch {
  readonly days: ReadonlyMap<number, DayEvents>;
  /** The locations of objects that lie in no day's folder. */
  readonly elsewhere: readonly string[];
  /** The ids of messages that are no events of new objects. */
  readonly unreadable: readonly string[];
}

function byDay({ Records }: ObjectBatch, logPattern: string): SortedBatch {
  const days = new Map<number, DayEvents>();
  const elsewhere: string[] = [];
  const unreadable: string[] = [];
  for (const { messageId, body } of Records) {
    const location = locationOf(body);
    const day = location === undefined ? undefined : dayOfObject(logPattern, location);
    if (location === undefined) unreadable.push(messageId);
    else if (day === undefined) elsewhere.push(location);
    else {
      const events = days.get(day) ?? { messages: [], hasMarker: false };
      events.messages.push(messageId);
      events.hasMarker ||= location === `${dayFolderOf(logPattern, day)}/${SUCCESS}`;
      days.set(day, events);
    }
  }
  return { days, elsewhere, unreadable };
}

/** Returns `s3://bucket/key` of the new object; undefined for a text that is no such event. */
function locationOf(body: string): string | undefined {
  const read = objectCreated.safeParse(parseJson(body));
  return read.success ? `s3://${read.data.detail.bucket.name}/${read.data.detail.object.key}` : undefined;
}
