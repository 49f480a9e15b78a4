/** Answers which items a published model finds like an item: `offline similar`. */
import { defined } from '../defined.ts';
import { count } from '../in-words.ts';
import {
  type AnsweredItem,
  type Asked,
  type AskedPlace,
  factsOf,
  labelled,
  type ModelFacts,
  notInModel,
  textPlaceOf,
} from './answer.ts';
import { idOfText } from './client-texts.ts';
import type { FoundModel } from './find-model.ts';
import type { Neighbours } from './ranking.ts';
import { readWindow, type Window, windowInWords } from './window.ts';

export type Similar = {
  readonly client: string;
  readonly item: number;
  /** Only with the client's own ids; null for an item without one. */
  readonly clientItem?: string | null;
  readonly name: string | null;
  readonly model: ModelFacts;
  /** The name of the scores: `similarity` or `cosine`. */
  readonly measure: string;
  /** The most similar first. */
  readonly items: readonly AnsweredItem[];
};

/** @throws UnknownIdError for an item that the model does not have, with the reason and with what may be meant */
export async function similarTo(
  asked: Asked,
  most: number,
  found: FoundModel,
  neighbours: Neighbours,
  place: AskedPlace,
): Promise<Similar> {
  const texts = await textPlaceOf(found, place);
  const item = 'id' in asked ? asked.id : await idOfText(texts, 'item', asked.text);
  const { model } = found;
  const ranking = await neighbours.similar(model, item, most);
  if (!ranking.isKnown) {
    const why = await reasonOf(item, found, neighbours, texts.window, place);
    throw await notInModel({ kind: 'item', id: item }, found, why, ranking.nearest, texts);
  }
  const { items, textOf, nameOf } = await labelled(ranking.best, { kind: 'item', id: item }, texts, place);
  const clientItem = textOf('item', item);
  return defined<Similar>({
    client: place.client,
    item,
    clientItem,
    name: nameOf(item),
    model: factsOf(found),
    measure: neighbours.measure,
    items,
  });
}

/** Says why the model does not have an item, by the actions on the days that it read. */
async function reasonOf(
  item: number,
  { model }: FoundModel,
  { needs }: Neighbours,
  window: Window,
  place: AskedPlace,
): Promise<string> {
  const { client, input, jobs, warn } = place;
  const users = new Set<number>();
  let actions = 0;
  const days = await readWindow({ store: input, client, window, jobs, warn }, (batch) => {
    for (let row = 0; row < batch.count; row++) {
      if (batch.items[row] !== item) continue;
      users.add(batch.users[row]!);
      actions++;
    }
  });
  const needed = needs(model.manifest.settings);
  if (days === 0) return needed;
  if (actions === 0) return `nobody met the item on ${windowInWords(window)}, which the model read`;
  const met = users.size === 1 ? '1 user' : `${count(users.size)} users`;
  const times = actions === 1 ? 'once' : `${count(actions)} times`;
  return `${met} met the item ${times} on ${windowInWords(window)}, and ${needed}`;
}
