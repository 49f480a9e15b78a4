/** Tests that the usage of invocations is written into keys, read back and added up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobNamed } from '../../../functions/index.ts';
import {
  accountFromMarks,
  accountName,
  accountNames,
  type InvocationUsage,
  markKey,
  parseMarkKey,
} from '../../../shared/cost/usage.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

const JOB = jobNamed('matrix-factorization');
const PREFIX = '.work/matrix-factorization/shop/0123456789abcdef/';
const used = (more: Partial<InvocationUsage> = {}): InvocationUsage => ({
  milliseconds: 1500,
  memoryMb: 200,
  gets: 3,
  puts: 2,
  lists: 1,
  bytesRead: 1000,
  bytesWritten: 500,
  furtherParts: 0,
  load: undefined,
  reads: {},
  ...more,
});

describe('marks of usage', () => {
  test('A mark contains the usage of its invocation', () => {
    const whole = fc.nat({ max: 2 ** 40 });
    const usages = fc.record({
      milliseconds: whole,
      memoryMb: whole,
      gets: whole,
      puts: whole,
      lists: whole,
      bytesRead: whole,
      bytesWritten: whole,
      furtherParts: whole,
      reads: fc.dictionary(fc.constantFrom('rate', 'score', 'solve'), whole, { noNullPrototype: true }),
      load: fc.option(
        fc.nat({ max: 1e9 }).map((millionths) => millionths / 1e6),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(fc.constantFrom(...accountNames(JOB)), fc.uuid(), usages, (step, id, usage) => {
        expect(parseMarkKey(markKey(step, id, usage))).toEqual({ step, used: usage });
      }),
    );
  });

  test.each(['usage.json', 'usage/rate/', 'usage/rate/one', 'plans/planned.json', 'usage/rate/a.1.2.3'])(
    'The key %s is not a mark',
    (key) => expect(parseMarkKey(key)).toBeUndefined(),
  );
});

test('Marks are added up by step, in the order of the machine', async () => {
  const store = new MemoryStore('/memory');
  const mark = (handler: string, id: string, usage: InvocationUsage, planned?: string) =>
    store.put(PREFIX + markKey(accountName(handler, planned), id, usage), '');
  await mark('rate', 'a', used({ memoryMb: 300, reads: { score: 3 } }));
  await mark('rate', 'b', used({ milliseconds: 500, reads: { score: 1 } }));
  await mark('plan', 'a', used({ load: 2.5, most: 7 }), 'rate');
  await mark('configure', 'a', used());
  const usage = (await accountFromMarks(JOB, store, PREFIX)).usage(
    {
      inputs: [{ key: 'a', size: 10, etag: '' }],
      shards: undefined,
    },
    2,
  );
  expect(usage).toMatchObject({
    job: JOB.name,
    version: JOB.version,
    input: { objects: 1, bytes: 10 },
    shards: null,
    threads: 2,
  });
  expect(usage.steps.map(({ step }) => step)).toEqual(['configure', 'plan rate', 'rate']);
  expect(usage.steps[1]).toMatchObject({ load: 2.5, most: 7, invocations: 1 });
  expect(usage.steps[2]).toEqual({
    step: 'rate',
    memoryMb: 1769,
    invocations: 2,
    seconds: 2,
    peakMemoryMb: 300,
    gets: 6,
    puts: 4,
    lists: 2,
    bytesRead: 2000,
    bytesWritten: 1000,
    furtherParts: 0,
    reads: { score: 4 },
  });
});
