/**
 * Checks the answers of a job's functions. The types say the same, but a job may be written in JavaScript, cast a value or
 * forget a `return`. Without a check the error would be "Cannot read properties of undefined", three calls later. Messages
 * describe a value only by its kind and the names of its fields, because the value may be data or contain a secret.
 */
import { StepAnswerError } from '../errors.ts';
import { isRecord } from '../json.ts';
import type { Body } from '../store/store.ts';
import type { Next, Shard } from './job.ts';

const BODY = 'the bytes of its object: a text, a Uint8Array, a list of Uint8Arrays or an async iterable of them';

/** @throws StepAnswerError; for a stream, when the first wrong chunk comes */
export function checkedBody(value: unknown): Body {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) {
    const wrong = value.findIndex((piece) => !(piece instanceof Uint8Array));
    if (wrong < 0) return value as readonly Uint8Array[];
    throw unexpected(`a list whose entry ${wrong} is ${kindOf(value[wrong])}`, BODY);
  }
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) {
    return checkedChunks(value as AsyncIterable<unknown>);
  }
  throw unexpected(kindOf(value), BODY);
}

async function* checkedChunks(chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) throw unexpected(`a stream with ${kindOf(chunk)} in it`, BODY);
    yield chunk;
  }
}

/** @throws StepAnswerError */
export function checkedShards(value: unknown): readonly Shard[] {
  const expected = 'its shard list: a list of objects such as {"start": 0, "end": 10}, one a shard';
  if (!Array.isArray(value)) throw unexpected(kindOf(value), expected);
  const wrong = value.findIndex((shard) => !isRecord(shard));
  if (wrong >= 0) throw unexpected(`a list whose entry ${wrong} is ${kindOf(value[wrong])}`, expected);
  return value as readonly Shard[];
}

/** @throws StepAnswerError */
export function checkedNext(value: unknown): Next {
  if (isRecord(value) && value.done === true) return { done: true };
  if (isRecord(value) && value.done === false) return { done: false, shards: checkedShards(value.shards) };
  throw unexpected(kindOf(value), 'what its loop does next: {done: true}, or {done: false, shards: […]}');
}

/** Returns a thrown value as an Error. JavaScript can throw any value, and the text of an object says nothing. */
export function thrownError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const text = typeof thrown === 'string' && thrown !== '' ? `the text '${thrown.slice(0, 200)}'` : kindOf(thrown);
  return new StepAnswerError(`${text} was thrown where an Error was expected: throw one of shared/errors.ts`);
}

/** Returns the error for a wrong answer. */
export const unexpected = (what: string, expected: string): StepAnswerError =>
  new StepAnswerError(`the job's code gave ${what} where this was expected: ${expected}`);

const MOST_FIELDS = 10;

/** Returns `a number`, `nothing (undefined)`, `an object with the fields a, b` or the like. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return `nothing (${value})`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== 'object') return typeof value === 'function' ? 'a function' : `a ${typeof value}`;
  const name = value.constructor?.name;
  if (name !== undefined && name !== 'Object') return `a ${name}`;
  const fields = Object.keys(value);
  if (fields.length === 0) return 'an object without fields';
  return `an object with the fields ${fields.slice(0, MOST_FIELDS).join(', ')}${fields.length > MOST_FIELDS ? ', …' : ''}`;
}
