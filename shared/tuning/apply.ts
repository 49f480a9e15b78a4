/**
 * Writes the settings of a search into the client's node. The text that the node held before is kept in the model's history
 * (`<client>/models/<node>/_history.json`, list `settings`) first, so it is never lost.
 */
import * as z from 'zod';
import { configNode } from '../activation/nodes.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { settingNames } from '../config/read-config.ts';
import { isSecretReference } from '../config/secrets.ts';
import { factsOf } from '../config/settings.ts';
import { NotActivatedError } from '../errors.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import { isRecord, parseJson } from '../json.ts';
import { type DocumentKind, readDocument, updateDocument } from '../live/documents.ts';
import { historyKey } from '../live/history.ts';
import type { Store } from '../store/store.ts';
import type { Point } from './space.ts';
import { nodeWith } from './trial-settings.ts';

const MAX_ENTRIES = 100;

const entry = z.object({
  /** ISO-8601. */
  when: z.string(),
  by: z.literal('tune'),
  because: z.string(),
  /** The configuration root and the node. */
  root: z.string(),
  node: z.string(),
  /** The text of the node before and after; null when there was none. Secrets are `***`. */
  before: z.string().nullable(),
  after: z.string(),
});

export type SettingsChange = z.infer<typeof entry>;

interface SettingsHistory {
  readonly changes: readonly unknown[];
  readonly settings: readonly SettingsChange[];
  /** Lists that other modules keep in the same document. */
  readonly [key: string]: unknown;
}

const KIND: DocumentKind<SettingsHistory> = {
  schema: z.looseObject({ changes: z.array(z.unknown()), settings: z.array(entry).default([]) }),
  empty: { changes: [], settings: [] },
  cure: 'Remove it: the history begins anew, and what is live stays.',
};

export interface ApplyRequest {
  readonly root: ConfigRoot;
  readonly store: Store;
  readonly client: string;
  readonly job: AnyJob;
  /** The text that the node had when the search read it; undefined when there was no node. */
  readonly text: string | undefined;
  readonly point: Point;
  readonly because: string;
  readonly when: Date;
}

/**
 * Sets the node if it still has the text that the search read.
 *
 * @throws NotActivatedError when somebody has changed the node since; then nothing is changed
 */
export async function applyPoint({
  root,
  store,
  client,
  job,
  text,
  point,
  because,
  when,
}: ApplyRequest): Promise<void> {
  const path = configNode(client, job.name);
  const found = await root.read(path);
  if (found?.data !== text) throw changedNode(path, root);
  const after = nodeWith(job, text, point);
  const change: SettingsChange = {
    when: when.toISOString(),
    by: 'tune',
    because,
    root: root.describe,
    node: path,
    before: text === undefined ? null : withoutSecrets(job, text),
    after: withoutSecrets(job, after),
  };
  await updateDocument(store, historyKey(client, modelsNodeOf(job)!), KIND, (was) => ({
    ...was,
    settings: [...was.settings, change].slice(-MAX_ENTRIES),
  }));
  const isSet = found === undefined ? await root.create(path, after) : await root.set(path, after, found.version);
  if (!isSet) throw changedNode(path, root);
}

/** Returns the changes of a client's settings, oldest first. @throws DamagedObjectError */
export const readSettingsChanges = async (
  store: Store,
  client: string,
  node: string,
): Promise<readonly SettingsChange[]> => (await readDocument(store, historyKey(client, node), KIND)).value.settings;

export const changedNode = (path: string, root: ConfigRoot): NotActivatedError =>
  new NotActivatedError(
    `${path} in ${root.describe} was changed since the search read it, so it stays as it is: run \`offline tune\` again, ` +
      'or put the printed JSON into it',
  );

/** Returns the text of a node. When it holds secrets, they become `***`; a `secret:<name>` names a secret and stays. */
export function withoutSecrets(job: AnyJob, text: string): string {
  const names = settingNames(job.settings.shape);
  const value = parseJson(text.replace(/^\uFEFF/, ''));
  if (!isRecord(value)) return text;
  const isSecret = (key: string): boolean => {
    const name = names.get(key);
    if (name === undefined || !factsOf(job.settings.shape[name]!).secret) return false;
    const text = value[key];
    return typeof text !== 'string' || (text !== '' && !isSecretReference(text));
  };
  if (!Object.keys(value).some(isSecret)) return text;
  return JSON.stringify(
    Object.fromEntries(Object.entries(value).map(([key, one]) => [key, isSecret(key) ? '***' : one])),
    undefined,
    2,
  );
}
