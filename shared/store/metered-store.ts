/** Counts a store's traffic as the requests that S3 charges for. It counts the same for a disk, so a laptop shows them too. */
import { defined } from '../defined.ts';
import { lengthOf, piecesOf } from './body.ts';
import { linkRequests, listRequests, putRequests } from './s3-requests.ts';
import type { Body, Store } from './store.ts';

/** Requests by their price, and bytes. Retries are not counted, nor deletions, which are free. */
export interface Traffic {
  /** GET and HEAD requests. */
  gets: number;
  /** PUT requests, the parts of an upload (also those that S3 copies), and the requests that begin and end it. */
  puts: number;
  lists: number;
  bytesRead: number;
  bytesWritten: number;
  /** The PUTs of all bodies beyond their first one: a long stream and a copy are written in parts. */
  furtherParts: number;
}

export const noTraffic = (): Traffic => ({
  gets: 0,
  puts: 0,
  lists: 0,
  bytesRead: 0,
  bytesWritten: 0,
  furtherParts: 0,
});

export const addedTraffic = (a: Traffic, b: Traffic): Traffic => ({
  gets: a.gets + b.gets,
  puts: a.puts + b.puts,
  lists: a.lists + b.lists,
  bytesRead: a.bytesRead + b.bytesRead,
  bytesWritten: a.bytesWritten + b.bytesWritten,
  furtherParts: a.furtherParts + b.furtherParts,
});

/** Returns a store that adds its traffic to `traffic`. @param onRead is called with the key of each object that is read */
export function meteredStore(store: Store, traffic: Traffic, onRead?: (key: string) => void): Store {
  return defined({
    root: store.root,
    head: (key) => {
      traffic.gets++;
      return store.head(key);
    },
    get: async (key, options) => {
      traffic.gets++;
      onRead?.(key);
      const object = await store.get(key, options);
      traffic.bytesRead += object.bytes.byteLength;
      return object;
    },
    async *stream(key, options) {
      traffic.gets++;
      onRead?.(key);
      for await (const chunk of store.stream(key, options)) {
        traffic.bytesRead += chunk.byteLength;
        yield chunk;
      }
    },
    async *list(prefix, options) {
      let keys = 0;
      try {
        for await (const object of store.list(prefix, options)) {
          keys++;
          yield object;
        }
      } finally {
        traffic.lists += listRequests(keys);
      }
    },
    put: async (key, body, condition) => {
      const pieces = piecesOf(body);
      const passed = { bytes: lengthOf(pieces ?? []) };
      try {
        return await store.put(key, pieces ?? counted(body as AsyncIterable<Uint8Array>, passed), condition);
      } finally {
        written(traffic, passed.bytes, putRequests(passed.bytes, pieces !== undefined));
      }
    },
    link: async (from, key, condition) => {
      let linked = true;
      try {
        linked = await store.link(from, key, condition);
        return linked;
      } finally {
        if (linked) written(traffic, from.size, linkRequests(from.size));
      }
    },
    delete: (key, condition) => store.delete(key, condition),
    knowHash: store.knowHash?.bind(store),
    // Only a disk and memory have this, and there it is no request.
    holds: store.holds?.bind(store),
    protect: store.protect?.bind(store),
    ignoresCase: store.ignoresCase?.bind(store),
    tidy: store.tidy?.bind(store),
  });
}

function written(traffic: Traffic, bytes: number, requests: number): void {
  traffic.puts += requests;
  traffic.furtherParts += requests - 1;
  traffic.bytesWritten += bytes;
}

async function* counted(body: Exclude<Body, string | Uint8Array>, passed: { bytes: number }) {
  for await (const chunk of body) {
    passed.bytes += chunk.byteLength;
    yield chunk;
  }
}
