/**
 * Rewrites a published folder in place. The new files are first staged in a folder of their own, and a plan is written behind
 * them. From then on the rewriting can be interrupted anywhere: the next call finds the plan and publishes what was staged. It
 * is published as a run would (`publish.ts`), so no reader mixes old and new files.
 */
import { createHash } from 'node:crypto';
import { lookAtFolder } from '../job/folder-state.ts';
import type { Manifest, ManifestFile } from '../job/manifest.ts';
import { again, etagsOf, removeFolder, writeFolder } from '../job/publish.ts';
import type { JsonValue } from '../json.ts';
import { begunAt } from '../live/versions.ts';
import { hashed } from '../store/body.ts';
import { type JsonRecord, openSealed, sealed } from '../store/sealed.ts';
import type { ObjectInfo, Store, WriteCondition } from '../store/store.ts';

const PLAN = 'plan.json';
/** The time of a request that nobody made. It is older than every other one. */
const NEVER = new Date(0).toISOString();

/** The new content of a folder. Without files the folder is removed. */
export interface NewContent {
  readonly files: readonly { readonly name: string; readonly body: AsyncIterable<Uint8Array> }[];
  /** Is called when all bodies have been read. */
  readonly counts: () => Readonly<Record<string, JsonValue>>;
}

export interface Rewriting {
  readonly store: Store;
  /** The folder. It ends in `/`. */
  readonly prefix: string;
  /** The folder for staged files. It ends in `/`. */
  readonly stage: string;
  /** Makes the new content of a whole folder; undefined when nothing is to change. */
  readonly make: (manifest: Manifest, files: readonly ObjectInfo[]) => Promise<NewContent | undefined>;
  /** Is called after publishing, also once more when it was interrupted. */
  readonly published?: (manifest: Manifest) => Promise<void>;
}

interface Plan extends JsonRecord {
  /** The run whose output is rewritten. */
  readonly from: string;
  readonly requestedAt: string;
  readonly manifest: Manifest;
}

/**
 * Rewrites the folder, or goes on with an earlier call. Resolves to false when the folder is not a whole output of ours, and
 * was therefore left alone.
 *
 * @throws PreconditionFailedError when others keep writing to the folder
 */
export function rewriteFolder(rewriting: Rewriting): Promise<boolean> {
  return again(async () => {
    const { store, prefix, stage, make } = rewriting;
    const before = await etagsOf(store, prefix);
    const { state } = await lookAtFolder(store, prefix, undefined);
    const staged = await readPlan(store, stage);
    const current = state.kind === 'whole' ? state.manifest.run : (await begunAt(store, prefix))?.run;
    if (
      staged !== undefined &&
      (current === staged.manifest.run || current === staged.from || state.kind === 'empty')
    ) {
      await finish(rewriting, staged, before, state.kind === 'whole' && current === staged.manifest.run);
      return true;
    }
    await removeBelow(store, stage);
    if (state.kind !== 'whole') return state.kind === 'empty';
    const content = await make(state.manifest, state.files);
    if (content === undefined) return true;
    const plan = await stageContent(rewriting, state.manifest, content);
    await finish(rewriting, plan, before, false);
    return true;
  });
}

async function stageContent({ store, prefix, stage }: Rewriting, was: Manifest, content: NewContent): Promise<Plan> {
  const files: ManifestFile[] = [];
  for (const { name, body } of content.files) {
    const { body: counted, hash } = hashed(body);
    await store.put(stage + name, counted);
    files.push({ name, ...hash() });
  }
  const run = createHash('sha256')
    .update(JSON.stringify([was.run, 'forget', files]))
    .digest('hex')
    .slice(0, 16);
  const requestedAt = (await begunAt(store, prefix))?.requestedAt ?? NEVER;
  const plan = { from: was.run, requestedAt, manifest: { ...was, run, files, counts: content.counts() } };
  await store.put(stage + PLAN, sealed(plan));
  return plan;
}

/** @param isPublished true when only the rest after publishing is left */
async function finish(
  { store, prefix, stage, published }: Rewriting,
  { requestedAt, manifest }: Plan,
  before: ReadonlyMap<string, string>,
  isPublished: boolean,
): Promise<void> {
  const begun = { run: manifest.run, requestedAt };
  if (manifest.files.length === 0) await removeFolder(store, prefix, begun);
  else if (!isPublished) {
    const files = manifest.files.map((file) => ({
      name: file.name,
      put: async (key: string, condition: WriteCondition) => {
        const info = await store.head(stage + file.name);
        if (info === undefined || !(await store.link(info, key, condition))) {
          await store.put(key, store.stream(stage + file.name), condition);
        }
        await store.protect?.(key);
        return file;
      },
    }));
    await writeFolder(store, { prefix, begun, files, manifest: () => manifest }, before);
  }
  await published?.(manifest);
  await removeBelow(store, stage);
}

async function readPlan(store: Store, stage: string): Promise<Plan | undefined> {
  if ((await store.head(stage + PLAN)) === undefined) return undefined;
  const { bytes } = await store.get(stage + PLAN);
  return openSealed<Plan>(bytes, `${store.root}/${stage}${PLAN}`);
}

/** Removes what was staged. */
async function removeBelow(store: Store, prefix: string): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  // The plan goes first: without it the staged files are nothing.
  keys.sort((a, b) => Number(b.endsWith(PLAN)) - Number(a.endsWith(PLAN)));
  for (const key of keys) await store.delete(key);
}
