/** A store whose traffic is counted, as requests that S3 charges for: the same on a disk, so that a laptop tells them too. */
import { lengthOf, piecesOf } from './body.ts';
import { linkRequests, listRequests, putRequests } from './s3-requests.ts';
import type { Body, Store } from './store.ts';

/** Requests by what they cost, and bytes. Retries, and deletions, which are free, are not counted. */
export interface Traffic {
  /** GET and HEAD. */
  gets: number;
  /** PUT, the parts of an upload, also those that S3 copies, and what begins and ends it. */
  puts: number;
  lists: number;
  bytesRead: number;
  bytesWritten: number;
  /** PUTs that a body took beyond its first: a long stream goes in parts, and so does a copy. */
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

/** Adds what is done through the store it gives to `traffic`. @param onRead hears of each object that is read */
export function meteredStore(store: Store, traffic: Traffic, onRead?: (key: string) => void): Store {
  return {
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
    ...(store.knowHash && { knowHash: store.knowHash.bind(store) }),
    // On a disk alone, where it is no request.
    ...(store.holds && { holds: store.holds.bind(store) }),
    ...(store.protect && { protect: store.protect.bind(store) }),
    ...(store.ignoresCase && { ignoresCase: store.ignoresCase.bind(store) }),
    ...(store.tidy && { tidy: store.tidy.bind(store) }),
  };
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
