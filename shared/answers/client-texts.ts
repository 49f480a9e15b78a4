/** Translates between ids and the client's own texts for them, on the days that a model read. */
import { UnknownIdError } from '../errors.ts';
import { type IdKind, readIdPairs } from '../model/id-pairs.ts';
import { IdTexts } from '../model/id-texts.ts';
import type { Store } from '../store/store.ts';
import { NearestTexts } from './nearest.ts';
import { daysOf, type Window, windowInWords } from './window.ts';

export interface TextPlace {
  /** The root of the actions. */
  readonly store: Store;
  readonly client: string;
  readonly window: Window;
}

/**
 * Returns the id that has a client's own text; the newest one, when the text had several.
 * @throws UnknownIdError with the texts and the id that may be meant
 */
export async function idOfText(place: TextPlace, kind: IdKind, text: string): Promise<number> {
  const { store, client, window } = place;
  const asId = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  const nearest = new NearestTexts(text);
  let found: number | undefined;
  let textOfId: string | undefined;
  let isEmpty = true;
  const take = (_kind: IdKind, id: number, other: string): void => {
    if (other === text) found = id;
    else nearest.offer(other);
    if (id === asId) textOfId = other;
  };
  const wants = (one: IdKind): boolean => {
    isEmpty = false;
    return one === kind;
  };
  await readIdPairs(store, client, daysOf(window), take, { wants });
  if (found !== undefined) return found;
  if (isEmpty) {
    throw new UnknownIdError(
      `there are no actions of ${client} on ${windowInWords(window)} in ${store.root}, so no own id can be looked up. ` +
        `Name the root of the actions (--input-path), or ask by the id (--${kind})`,
    );
  }
  const says = [
    `${client} has no ${kind} with the own id ${JSON.stringify(text)} on ${windowInWords(window)}, which the model read`,
  ];
  if (textOfId !== undefined) {
    says.push(`${text} is the id of the ${kind} ${JSON.stringify(textOfId)}: ask with --${kind} ${text}`);
  }
  if (nearest.texts.length > 0) {
    says.push(`Own ids like it: ${nearest.texts.map((other) => JSON.stringify(other)).join(', ')}`);
  }
  throw new UnknownIdError(says.join('. '));
}

/** Reads the client's own texts of some ids. */
export async function textsOf(
  { store, client, window }: TextPlace,
  wanted: Readonly<Record<IdKind, ReadonlySet<number>>>,
): Promise<IdTexts> {
  const texts = new IdTexts((kind, id) => wanted[kind].has(id));
  await readIdPairs(store, client, daysOf(window), texts.add, texts);
  return texts;
}

/** Returns the id whose own text is written like an id: somebody may have given the client's own id as an id. */
export async function idWithTextLike(
  { store, client, window }: TextPlace,
  kind: IdKind,
  id: number,
): Promise<number | undefined> {
  const text = String(id);
  let found: number | undefined;
  const take = (_kind: IdKind, other: number, own: string): void => {
    if (own === text && other !== id) found = other;
  };
  await readIdPairs(store, client, daysOf(window), take, { wants: (one) => one === kind });
  return found;
}
