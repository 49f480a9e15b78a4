/** Tests how S3 is asked to copy an object. Links in general are tested by the store contract. */
import type { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AccessDeniedError, MissingObjectError, PreconditionFailedError } from '../../../shared/errors.ts';
import { copyObject } from '../../../shared/store/s3-copy.ts';
import { COPY_PART_BYTES, linkRequests, PART_BYTES, putRequests } from '../../../shared/store/s3-requests.ts';
import { S3Store } from '../../../shared/store/s3-store.ts';
import { type FakeRequest, type Fault, type S3Fake, startS3Fake } from '../../helpers/s3-fake.ts';
import { clientOfFake } from '../../helpers/s3-fake-client.ts';
import { expectSameBytes } from '../../helpers/same-bytes.ts';

/** The smallest part that S3 accepts, in bytes. */
const PART = 5 * 1024 * 1024;
const SIZE = 5 * PART + 7;
const SOURCE = Buffer.alloc(SIZE, 'every byte at its place, or it shows. ');

let fake: S3Fake;
let client: S3Client;
let etag: string;

beforeEach(async () => {
  fake = await startS3Fake();
  client = clientOfFake(fake);
  fake.put('from', SOURCE);
  etag = (await new S3Store(client, fake.bucket).head('from'))?.etag as string;
});

afterEach(async () => {
  client.destroy();
  await fake[Symbol.asyncDispose]();
});

const copy = (condition = {}) =>
  copyObject(client, { bucket: fake.bucket, from: 'from', size: SIZE, etag, to: 'to', condition }, PART);

const copies = () => fake.requests.flatMap((request) => request.copies ?? []);

test('Every byte is copied once, in parallel parts, and the condition is checked at the end', async () => {
  await copy({ IfNoneMatch: '*' });
  expectSameBytes(fake.objects.get('to')!, SOURCE, 'to');
  const starts = [0, 1, 2, 3, 4, 5].map((part) => part * PART);
  expect(copies().sort()).toEqual(starts.map((at) => `bytes=${at}-${Math.min(at + PART, SIZE) - 1}`).sort());
  expect((await new S3Store(client, fake.bucket).head('to'))?.etag).toMatch(/-6$/);
  await expect(copy({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
});

test('The predicted cost of a copy is one request for each part and two more, or one request for a small object', async () => {
  const before = fake.requests.length;
  await copy();
  expect(fake.requests.length - before).toBe(6 + 2);
  expect([1, PART_BYTES].map(linkRequests)).toEqual([1, 1]);
  expect([PART_BYTES + 1, COPY_PART_BYTES].map(linkRequests)).toEqual([1 + 2, 1 + 2]);
  expect([COPY_PART_BYTES + 1, 10 * COPY_PART_BYTES].map(linkRequests)).toEqual([2 + 2, 10 + 2]);
  // A streamed object is read as well.
  expect(putRequests(PART_BYTES + 1, false)).toBe(2 + 2);
});

describe('a copy that fails leaves no object and no upload', () => {
  /** Returns the error of a copy that meets `fault`, and checks that the copy has left nothing behind. */
  async function failed(fault: (request: FakeRequest) => Fault | undefined): Promise<unknown> {
    fake.fault = fault;
    const error = await copy({ IfNoneMatch: '*' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(fake.objects.has('to')).toBe(false);
    // The last request is AbortMultipartUpload, after all others were answered.
    expect(fake.requests.at(-1)).toMatchObject({ method: 'DELETE', key: 'to' });
    return error;
  }

  test('A source that is replaced between two parts fails the copy', async () => {
    const error = await failed(({ copies: range }) => {
      if (range !== undefined && copies().length === 3) fake.put('from', Buffer.alloc(SIZE));
      return undefined;
    });
    expect(error).toBeInstanceOf(PreconditionFailedError);
    expect((error as Error).message).toContain('UploadPartCopy s3://fake-bucket/from');
  });

  test('A source that is deleted fails the copy', async () => {
    const error = await failed(({ copies: range }) => {
      if (range !== undefined && copies().length === 2) fake.objects.delete('from');
      return undefined;
    });
    expect(error).toBeInstanceOf(MissingObjectError);
  });

  test('A refused part fails the copy, and the message names the permission that the source needs', async () => {
    const error = await failed(({ copies: range }) => (range?.startsWith(`bytes=${PART}-`) ? 'denied' : undefined));
    expect(error).toBeInstanceOf(AccessDeniedError);
    expect((error as Error).message).toContain('s3:GetObject on arn:aws:s3:::fake-bucket/from');
    // No part is begun after the refusal.
    expect(copies().length).toBeLessThan(6);
  });

  test('The first error is thrown when the clean-up fails too', async () => {
    const error = await failed(({ copies: range, method }) => {
      if (range !== undefined) fake.objects.delete('from');
      return method === 'DELETE' ? 'denied' : undefined;
    });
    expect(error).toBeInstanceOf(MissingObjectError);
  });
});

test('Parts that are throttled or whose connection breaks are copied again', async () => {
  fake.fault = ({ copies: range, number }) =>
    range !== undefined && number % 2 === 0 ? (number % 4 === 0 ? 'throttle' : 'reset') : undefined;
  await copy();
  expect(fake.faults).toBeGreaterThan(1);
  expectSameBytes(fake.objects.get('to')!, SOURCE, 'to');
});
