/** What the answers to `offline recommend` and `offline similar` have in common. */
import { readItemNames } from '../catalogue/item-names.ts';
import { defined } from '../defined.ts';
import { UnknownIdError } from '../errors.ts';
import { dateOf, dayInWords } from '../in-words.ts';
import type { AnyJob } from '../job/job.ts';
import type { OpenStore } from '../job/run.ts';
import type { IdKind } from '../model/id-pairs.ts';
import type { Store } from '../store/store.ts';
import type { Scored } from './best.ts';
import { idWithTextLike, type TextPlace, textsOf } from './client-texts.ts';
import type { FoundModel } from './find-model.ts';
import { type Window, windowOf } from './window.ts';

/** Where the answer to a question is looked up. */
export interface AskedPlace {
  readonly client: string;
  /** The root of the actions. */
  readonly input: Store;
  readonly jobs: readonly AnyJob[];
  /** The catalogue with the names of items; undefined when there is none. */
  readonly itemsPath: string | undefined;
  /** True when ids are to be shown as the client's own ones too. */
  readonly clientIds: boolean;
  readonly openStore: OpenStore;
  readonly warn: (warning: string) => void;
}

/** A user or an item, by its id or by the client's own text. */
export type Asked = { readonly id: number } | { readonly text: string };

export type ModelFacts = {
  readonly job: string;
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  readonly date: string;
  readonly run: string;
  readonly location: string;
  readonly isLive: boolean;
};

export type AnsweredItem = {
  readonly item: number;
  /** Only with the client's own ids; null for an item without one. */
  readonly clientItem?: string | null;
  /** Null without a catalogue, and for an item that has no name in it. */
  readonly name: string | null;
  readonly score: number;
};

export const factsOf = ({ job, model, isLive }: FoundModel): ModelFacts => ({
  job: job.name,
  day: model.manifest.day,
  date: dateOf(model.manifest.day),
  run: model.manifest.run,
  location: model.place.replace(/\/+$/, ''),
  isLive,
});

export async function textPlaceOf(
  { model, job }: FoundModel,
  { client, input, jobs }: AskedPlace,
): Promise<TextPlace & { readonly window: Window }> {
  return { client, store: input, window: await windowOf(model.manifest, job, jobs, { store: input, client }) };
}

/** The texts of an answer: the names of the items, and the client's own ids. */
export interface Labels {
  readonly items: readonly AnsweredItem[];
  /** Returns the client's own id; null when there is none; undefined when they are not wanted. */
  readonly textOf: (kind: IdKind, id: number) => string | null | undefined;
}

/** Adds names and the client's own ids to ranked items. @param asked the user or item that the question is about */
export async function labelled(
  ranked: readonly Scored<number>[],
  asked: { readonly kind: IdKind; readonly id: number },
  texts: TextPlace,
  { itemsPath, clientIds, openStore }: AskedPlace,
): Promise<Labels & { readonly nameOf: (item: number) => string | null }> {
  const items = new Set(ranked.map(({ key }) => key));
  if (asked.kind === 'item') items.add(asked.id);
  const names = itemsPath === undefined ? new Map<number, string>() : await readItemNames(itemsPath, items, openStore);
  const users = new Set(asked.kind === 'user' ? [asked.id] : []);
  const own = clientIds ? await textsOf(texts, { user: users, item: items }) : undefined;
  const textOf = (kind: IdKind, id: number) => (own === undefined ? undefined : (own.textOf(kind, id) ?? null));
  const nameOf = (item: number): string | null => names.get(item) ?? null;
  return {
    textOf,
    nameOf,
    items: ranked.map(({ key, score }) =>
      defined<AnsweredItem>({ item: key, clientItem: textOf('item', key), name: nameOf(key), score }),
    ),
  };
}

/**
 * Returns the error for a user or an item that the model does not have.
 * @param why the reason, as whole sentences without the last full stop
 */
export async function notInModel(
  { kind, id }: { readonly kind: IdKind; readonly id: number },
  { job, model }: FoundModel,
  why: string,
  nearest: readonly number[],
  texts: TextPlace,
): Promise<UnknownIdError> {
  const says = [`${kind} ${id} is not in the model of ${job.name} of ${dayInWords(model.manifest.day)}: ${why}`];
  const meant = await idWithTextLike(texts, kind, id);
  if (meant !== undefined) {
    says.push(`${id} is the client's own id of ${kind} ${meant}: ask with --client-${kind} ${id}`);
  }
  if (nearest.length > 0) says.push(`The nearest ids in the model are ${nearest.join(', ')}`);
  return new UnknownIdError(says.join('. '));
}
