/**
 * A small S3 on a free loopback port, for tests. It keeps objects in memory, addressed path-style, and has the conditions,
 * ranges, listings, multipart uploads and copies of parts that the store uses. It makes faults on demand. It does not check
 * signatures.
 *
 * It follows the documentation of AWS: 404 for `If-Match` without an object, 416 for a range beyond the object, 204 for the
 * deletion of a missing object, 400 for a part below 5 MiB that is not the last. An ETag is the MD5 of the content, or of
 * the parts' MD5s in a multipart upload.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defined } from '../../shared/defined.ts';
import { compareKeys } from '../../shared/store/object-key.ts';

/**
 * A fault of a request:
 * - `throttle`: the answer is 503 SlowDown;
 * - `reset`: the connection breaks, in the middle of the answer's body if the request is a GET; nothing is changed;
 * - `lost`: the request takes effect, and its answer is lost;
 * - `conflict`: the answer is 409 ConditionalRequestConflict;
 * - `denied`: the answer is 403;
 * - `aborted`: the answer is 404 NoSuchUpload, as when somebody aborted the upload;
 * - `missing`: the answer is 404 NoSuchKey;
 * - `late`: the answer has the status 200 and the error PreconditionFailed in its body, as at the end of long uploads.
 */
export type Fault = 'throttle' | 'reset' | 'lost' | 'conflict' | 'denied' | 'aborted' | 'missing' | 'late';

export interface FakeRequest {
  readonly method: string;
  /** The key of the object; empty for requests to the bucket. */
  readonly key: string;
  /** The number of the request, counted from 0. */
  readonly number: number;
  /** The range of the source that a copy reads: `bytes=0-9`. */
  readonly copies?: string;
}

export interface S3Fake extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  readonly objects: Map<string, Buffer>;
  /** Puts an object without a request, as another process would. */
  put(key: string, body: Buffer): void;
  /** All requests, including those that failed. */
  readonly requests: FakeRequest[];
  /** The number of faults that were made. */
  faults: number;
  /** Chooses the fault of a request. Tests replace it. */
  fault: (request: FakeRequest) => Fault | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

const BUCKET = 'fake-bucket';
const MIN_PART_BYTES = 5 * 1024 * 1024;

/** Starts a fake S3. @param pageSize the most keys that one page of a listing has */
export async function startS3Fake(pageSize = 1000): Promise<S3Fake> {
  const objects = new Map<string, Buffer>();
  const etags = new Map<string, string>();
  const uploads = new Map<string, Map<number, Buffer>>();
  let begun = 0;
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const fake: S3Fake = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucket: BUCKET,
    objects,
    put: (key, body) => void put(key, body, {}),
    requests: [],
    faults: 0,
    fault: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://fake');
    const [, bucket = '', rawKey = ''] = /^\/([^/?]*)\/?([^?]*)/.exec(request.url ?? '') ?? [];
    const key = decodeURIComponent(rawKey);
    const method = request.method ?? '';
    const copies = request.headers['x-amz-copy-source-range'] as string | undefined;
    const seen: FakeRequest = defined({ method, key, number: fake.requests.length, copies });
    fake.requests.push(seen);
    const fault = fake.fault(seen);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (fault !== undefined) fake.faults += 1;
    if (fault === 'throttle') return send(method, response, failure(503, 'SlowDown'));
    if (fault === 'conflict') return send(method, response, failure(409, 'ConditionalRequestConflict'));
    if (fault === 'denied') return send(method, response, failure(403, 'AccessDenied'));
    if (fault === 'aborted') return send(method, response, failure(404, 'NoSuchUpload'));
    if (fault === 'missing') return send(method, response, failure(404, 'NoSuchKey'));
    if (fault === 'late') return send(method, response, { ...failure(412, 'PreconditionFailed'), status: 200 });
    if (fault === 'reset' && method !== 'GET') return void request.socket.destroy();
    const answer = bucket === BUCKET ? route(request, url, key, Buffer.concat(chunks)) : failure(404, 'NoSuchBucket');
    if (fault === 'lost') return void request.socket.destroy();
    if (fault === 'reset') return breakMidway(response, answer);
    send(method, response, answer);
  }

  function route({ method, headers }: IncomingMessage, url: URL, key: string, body: Buffer): Answer {
    const query = url.searchParams;
    if (`${headers['content-encoding']}`.includes('aws-chunked')) return failure(501, 'NotImplemented');
    if (key === '') return method === 'GET' ? list(query) : failure(405, 'MethodNotAllowed');
    const uploadId = query.get('uploadId');
    if (method === 'POST' && query.has('uploads')) return startUpload(key);
    if (uploadId !== null) return multipart(method ?? '', key, uploadId, query, headers, body);
    if (method === 'PUT') return put(key, body, headers);
    if (method === 'GET' || method === 'HEAD') return get(key, headers);
    if (method === 'DELETE') return remove(key, headers);
    return failure(405, 'MethodNotAllowed');
  }

  /** Returns the refusal of a write whose conditions do not hold, else undefined. */
  function writeRefusal(key: string, headers: IncomingMessage['headers']): Answer | undefined {
    const etag = etags.get(key);
    const ifMatch = headers['if-match'];
    if (headers['if-none-match'] === '*' && etag !== undefined) return failure(412, 'PreconditionFailed');
    if (ifMatch === undefined || ifMatch === etag) return undefined;
    return etag === undefined ? failure(404, 'NoSuchKey') : failure(412, 'PreconditionFailed');
  }

  function put(key: string, body: Buffer, headers: IncomingMessage['headers'], etag = md5(body)): Answer {
    const refusal = writeRefusal(key, headers);
    if (refusal) return refusal;
    objects.set(key, body);
    etags.set(key, etag);
    return { status: 200, headers: { ETag: etag } };
  }

  function get(key: string, headers: IncomingMessage['headers']): Answer {
    const body = objects.get(key);
    const etag = etags.get(key) ?? '';
    if (!body) return failure(404, 'NoSuchKey');
    if (headers['if-match'] !== undefined && headers['if-match'] !== etag) return failure(412, 'PreconditionFailed');
    const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
    if (first === undefined) return { status: 200, headers: { ETag: etag }, body };
    const start = first === '' ? Math.max(0, body.length - Number(last)) : Number(first);
    const end = first === '' || last === '' ? body.length : Math.min(Number(last) + 1, body.length);
    if (start >= body.length) return failure(416, 'InvalidRange');
    const range = `bytes ${start}-${end - 1}/${body.length}`;
    return { status: 206, headers: { ETag: etag, 'Content-Range': range }, body: body.subarray(start, end) };
  }

  function remove(key: string, headers: IncomingMessage['headers']): Answer {
    const refusal = objects.has(key) ? writeRefusal(key, headers) : undefined;
    if (refusal) return refusal;
    objects.delete(key);
    etags.delete(key);
    return { status: 204 };
  }

  function startUpload(key: string): Answer {
    const id = `upload-${begun++}`;
    uploads.set(id, new Map());
    return xml('InitiateMultipartUploadResult', `<Key>${escaped(key)}</Key><UploadId>${id}</UploadId>`);
  }

  function multipart(
    method: string,
    key: string,
    id: string,
    query: URLSearchParams,
    headers: IncomingMessage['headers'],
    body: Buffer,
  ): Answer {
    const parts = uploads.get(id);
    if (!parts) return failure(404, 'NoSuchUpload');
    if (method === 'PUT') {
      const source = headers['x-amz-copy-source'] === undefined ? undefined : readSource(headers);
      if (source && source.status !== 206) return source;
      const part = source ? (source.body as Buffer) : body;
      parts.set(Number(query.get('partNumber')), part);
      const etag = md5(part);
      return source ? xml('CopyPartResult', `<ETag>${escaped(etag)}</ETag>`) : { status: 200, headers: { ETag: etag } };
    }
    if (method === 'DELETE') {
      uploads.delete(id);
      return { status: 204 };
    }
    const ordered = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    if (ordered.slice(0, -1).some((part) => part.length < MIN_PART_BYTES)) return failure(400, 'EntityTooSmall');
    const digests = ordered.map((part) => createHash('md5').update(part).digest());
    const etag = `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${ordered.length}"`;
    const done = put(key, Buffer.concat(ordered), headers, etag);
    if (done.status !== 200) return done;
    uploads.delete(id);
    return xml('CompleteMultipartUploadResult', `<ETag>${escaped(etag)}</ETag>`);
  }

  /** Returns the answer that a GET of a copy's source would have. */
  function readSource(headers: IncomingMessage['headers']): Answer {
    const [, bucket, key] = /^([^/]+)\/(.*)$/s.exec(decodeURIComponent(`${headers['x-amz-copy-source']}`)) ?? [];
    if (bucket !== BUCKET) return failure(404, 'NoSuchBucket');
    const last = Number(/\d+$/.exec(`${headers['x-amz-copy-source-range']}`)?.[0]);
    if (last >= (objects.get(key as string)?.length ?? Infinity)) return failure(400, 'InvalidArgument');
    const ifMatch = headers['x-amz-copy-source-if-match'] as string | undefined;
    return get(
      key as string,
      defined({
        range: `${headers['x-amz-copy-source-range']}`,
        'if-match': ifMatch,
      }),
    );
  }

  function list(query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString();
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    const left = keys.filter((key) => after === '' || compareKeys(key, after) > 0);
    const page = left.slice(0, pageSize);
    const contents = page.map((key) => {
      const spelt = encodeURIComponent(key).replaceAll('%20', '+');
      const size = objects.get(key)?.length;
      return `<Contents><Key>${spelt}</Key><Size>${size}</Size><ETag>${escaped(etags.get(key) ?? '')}</ETag></Contents>`;
    });
    const more = left.length > page.length;
    const token = more ? Buffer.from(page.at(-1)!).toString('base64') : '';
    const next = more ? `<NextContinuationToken>${token}</NextContinuationToken>` : '';
    return xml('ListBucketResult', `<IsTruncated>${more}</IsTruncated>${next}${contents.join('')}`);
  }
}

function send(method: string, response: ServerResponse, { status, headers, body = '' }: Answer): void {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(method === 'HEAD' ? undefined : body);
}

/** Sends half of the body and breaks the connection. */
function breakMidway(response: ServerResponse, { status, headers, body = '' }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'Content-Length': bytes.length });
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
}

const md5 = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const xml = (root: string, inner: string): Answer => ({
  status: 200,
  headers: { 'Content-Type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><${root}>${inner}</${root}>`,
});

const failure = (status: number, code: string): Answer => ({
  ...xml('Error', `<Code>${code}</Code><Message>${code} by the fake</Message>`),
  status,
});
