/**
 * A store in an S3 bucket, below a prefix. Conditions (`If-Match`, `If-None-Match`) and ETags are S3's own. An ETag of S3 names
 * the content, but is not always a hash of it.
 */
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { defined } from '../defined.ts';
import { MissingObjectError, PreconditionFailedError } from '../errors.ts';
import { concatBytes, lengthOf, piecesOf } from './body.ts';
import { checkRange } from './byte-range.ts';
import { formatLocation } from './location.ts';
import { checkKey, checkPrefix } from './object-key.ts';
import { copyObject } from './s3-copy.ts';
import { type S3Action, s3Error, s3Failure } from './s3-errors.ts';
import { type OpenedObject, openObject, quoted, type ReadRequest, readThrough, unquoted } from './s3-read.ts';
import { isCopied, ONE_REQUEST_BYTES } from './s3-requests.ts';
import { conditionHeaders, type S3Address, uploadParts, whileConflicting } from './s3-write.ts';
import type {
  Body,
  ObjectInfo,
  ReadOptions,
  Store,
  StoredObject,
  StreamOptions,
  WriteCondition,
  Written,
} from './store.ts';

export { createS3Client, sharedS3Client } from './s3-client.ts';

export class S3Store implements Store {
  readonly root: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** '', or a prefix with a slash at its end. */
  readonly #prefix: string;

  /** @param prefix without slashes at its ends; '' for the whole bucket */
  constructor(client: S3Client, bucket: string, prefix = '') {
    this.root = formatLocation({ scheme: 's3', bucket, prefix });
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const { Bucket, Key } = this.#address(key);
    try {
      const answer = await this.#client.send(new HeadObjectCommand({ Bucket, Key }));
      return { key, size: answer.ContentLength ?? 0, etag: unquoted(answer.ETag) };
    } catch (error) {
      const told = this.#error(error, 'HeadObject', key);
      if (told instanceof MissingObjectError) return undefined;
      throw told;
    }
  }

  async get(key: string, options: ReadOptions = {}): Promise<StoredObject> {
    const opened = await this.#open(key, options);
    const { size, etag, range } = opened;
    const bytes = new Uint8Array(range.end - range.start);
    let at = 0;
    for await (const chunk of readThrough(this.#client, this.#request(key, options), opened)) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    const info = { key, size, etag };
    return { ...info, bytes, info };
  }

  async *stream(key: string, options: StreamOptions = {}): AsyncIterable<Uint8Array> {
    yield* readThrough(this.#client, this.#request(key, options), await this.#open(key, options));
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    checkPrefix(prefix);
    let token: string | undefined;
    do {
      const page = await this.#page(prefix, token);
      for (const { Key, Size, ETag } of page.Contents ?? []) {
        const key = decodeListed(Key ?? '').slice(this.#prefix.length);
        // Some tools write an object with a slash at its end to show a folder. It is none of our objects.
        if (!key.endsWith('/') && key !== '') yield { key, size: Size ?? 0, etag: unquoted(ETag) };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async put(key: string, body: Body, condition?: WriteCondition): Promise<Written> {
    checkKey(key);
    const pieces = piecesOf(body);
    try {
      if (pieces && lengthOf(pieces) <= ONE_REQUEST_BYTES) {
        return { etag: await this.#putWhole(key, inOnePiece(pieces), condition) };
      }
      const stream = Readable.from(pieces ?? (body as AsyncIterable<Uint8Array>));
      return { etag: await uploadParts(this.#client, this.#address(key), stream, condition) };
    } catch (error) {
      throw this.#writeError(error, key, condition);
    }
  }

  async link(from: ObjectInfo, key: string, condition?: WriteCondition): Promise<boolean> {
    const { Bucket, Key } = this.#address(key);
    const { Key: source } = this.#address(from.key);
    if (!isCopied(from.size)) return false;
    const { size, etag } = from;
    const request = { bucket: Bucket, from: source, size, etag, to: Key, condition: conditionHeaders(condition) };
    try {
      await whileConflicting(() => copyObject(this.#client, request));
      return true;
    } catch (error) {
      throw this.#writeError(error, key, condition);
    }
  }

  async delete(key: string, condition?: { readonly ifMatch: string }): Promise<void> {
    const address = this.#address(key);
    const command = new DeleteObjectCommand(
      defined({ ...address, IfMatch: condition ? quoted(condition.ifMatch) : undefined }),
    );
    try {
      await whileConflicting(() => this.#client.send(command));
    } catch (error) {
      const told = this.#error(error, 'DeleteObject', key);
      if (!(told instanceof MissingObjectError)) throw told;
    }
  }

  /** Opens an object. An empty range is not requested, because S3 refuses it or takes it for the whole object. */
  async #open(key: string, options: ReadOptions): Promise<OpenedObject> {
    const { range } = options;
    if (range) checkRange(range);
    if (range && (range.start === range.end || Object.is(range.start, -0))) return this.#openNothing(key, options);
    try {
      return await openObject(this.#client, this.#request(key, options));
    } catch (error) {
      if (s3Failure(error).status === 416) return this.#openNothing(key, options);
      throw this.#error(error, 'GetObject', key);
    }
  }

  async #openNothing(
    key: string,
    { unchangedSince, ifMatch = unchangedSince?.etag }: ReadOptions,
  ): Promise<OpenedObject> {
    const info = await this.head(key);
    if (!info) throw new MissingObjectError(`${this.root}/${key}: there is no such object`);
    if (ifMatch !== undefined && info.etag !== ifMatch) {
      throw new PreconditionFailedError(`${this.root}/${key} has ETag ${info.etag}, not ${ifMatch}`);
    }
    return { size: info.size, etag: info.etag, range: { start: 0, end: 0 }, body: Readable.from([]) };
  }

  async #page(prefix: string, token: string | undefined) {
    const command = new ListObjectsV2Command(
      defined({
        Bucket: this.#bucket,
        Prefix: this.#prefix + prefix,
        // XML cannot represent every character of a key.
        EncodingType: 'url',
        ContinuationToken: token,
      }),
    );
    try {
      return await this.#client.send(command);
    } catch (error) {
      throw this.#error(error, 'ListObjectsV2', prefix);
    }
  }

  async #putWhole(key: string, body: Uint8Array, condition: WriteCondition | undefined): Promise<string> {
    const command = new PutObjectCommand({ ...this.#address(key), ...conditionHeaders(condition), Body: body });
    try {
      return unquoted((await whileConflicting(() => this.#client.send(command))).ETag);
    } catch (error) {
      // The answer to the first attempt may have been lost. Then the object that exists is our own.
      const { status, attempts } = s3Failure(error);
      const own = status === 412 && attempts > 1 ? await this.#etagIfHolds(key, body) : undefined;
      if (own === undefined) throw error;
      return own;
    }
  }

  async #etagIfHolds(key: string, body: Uint8Array): Promise<string | undefined> {
    const info = await this.head(key);
    if (info?.size !== body.byteLength) return undefined;
    const { bytes, etag } = await this.get(key);
    return Buffer.compare(bytes, body) === 0 ? etag : undefined;
  }

  /** @throws ConfigError */
  #address(key: string, listed = false): S3Address {
    checkKey(key, listed);
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  #request(key: string, options: ReadOptions): ReadRequest {
    const { range, unchangedSince, ifMatch = unchangedSince?.etag, listed } = options;
    const { Bucket, Key } = this.#address(key, listed);
    return { bucket: Bucket, key: Key, range, ifMatch };
  }

  #writeError(error: unknown, key: string, condition: WriteCondition | undefined): unknown {
    const told = this.#error(error, 'PutObject', key);
    // For `If-Match` without an object S3 answers 404. A PipelineError from the body is returned unchanged by `#error`.
    if (condition && 'ifMatch' in condition && told !== error && told instanceof MissingObjectError) {
      return new PreconditionFailedError(`${this.root}/${key}: there is no object to replace`, { cause: error });
    }
    return told;
  }

  #error(error: unknown, action: S3Action, key: string): unknown {
    return s3Error(error, action, this.#bucket, this.#prefix + key);
  }
}

const inOnePiece = (pieces: readonly Uint8Array[]): Uint8Array =>
  pieces.length === 1 ? pieces[0]! : concatBytes(pieces);

/** Undoes `EncodingType: 'url'`, in which S3 writes a space as `+`. */
const decodeListed = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));
