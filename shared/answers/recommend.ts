/** Answers which items a published model recommends to a user: `offline recommend`. */
import { defined } from '../defined.ts';
import { UnknownIdError } from '../errors.ts';
import { readForgotten } from '../forget/forgotten-list.ts';
import { count } from '../in-words.ts';
import type { JsonValue } from '../json.ts';
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
import type { Recommender } from './ranking.ts';
import { readWindow, type Window, windowInWords } from './window.ts';

/** The answer. Items that the user met in the window are left out. */
export type Recommended = {
  readonly client: string;
  readonly user: number;
  /** Only with the client's own ids; null for a user without one. */
  readonly clientUser?: string | null;
  readonly model: ModelFacts;
  readonly window: Window;
  /** The number of items that the user met in the window, by actions of any type. */
  readonly met: number;
  /** Best first. */
  readonly items: readonly AnsweredItem[];
};

/** @throws UnknownIdError for a user whom the model does not have, with the reason and with what may be meant */
export async function recommendTo(
  asked: Asked,
  most: number,
  found: FoundModel,
  recommender: Recommender,
  place: AskedPlace,
): Promise<Recommended> {
  const texts = await textPlaceOf(found, place);
  const { window } = texts;
  const user = 'id' in asked ? asked.id : await idOfText(texts, 'user', asked.text);
  await checkNotForgotten(user, place);
  const actions = await actionsOf(user, window, place);
  const { model } = found;
  const ranking = await recommender.recommend(model, user, actions.items, most);
  if (!ranking.isKnown) {
    const why = reasonOf(actions, window, model.manifest.settings, recommender);
    throw await notInModel({ kind: 'user', id: user }, found, why, ranking.nearest, texts);
  }
  const { items, textOf } = await labelled(ranking.best, { kind: 'user', id: user }, texts, place);
  const clientUser = textOf('user', user);
  return defined<Recommended>({
    client: place.client,
    user,
    clientUser,
    model: factsOf(found),
    window,
    met: actions.items.size,
    items,
  });
}

/** A model may hold a forgotten user until the next training. @throws UnknownIdError */
async function checkNotForgotten(user: number, { client, input }: AskedPlace): Promise<void> {
  if (!(await readForgotten(input, client)).users.includes(user)) return;
  throw new UnknownIdError(`user ${user} is on the list of forgotten users of ${client}, so nothing is shown`);
}

/** What a user did in the window. */
interface UserActions {
  readonly items: Set<number>;
  /** Type → number of actions. */
  readonly types: Map<number, number>;
  /** The number of days that had anything to read. */
  readonly days: number;
}

async function actionsOf(user: number, window: Window, place: AskedPlace): Promise<UserActions> {
  const { client, input, jobs, warn } = place;
  const items = new Set<number>();
  const types = new Map<number, number>();
  const days = await readWindow({ store: input, client, window, jobs, warn, user }, (batch) => {
    for (let row = 0; row < batch.count; row++) {
      if (batch.users[row] !== user) continue;
      items.add(batch.items[row]!);
      const type = batch.types[row]!;
      types.set(type, (types.get(type) ?? 0) + 1);
    }
  });
  if (days === 0) {
    warn(
      `there are no actions of ${client} on ${windowInWords(window)} in ${input.root}: items that the user met are not left out`,
    );
  }
  return { items, types, days };
}

function reasonOf(
  { types, days }: UserActions,
  window: Window,
  settings: Readonly<Record<string, JsonValue>>,
  { needs }: Recommender,
): string {
  if (days === 0) return needs(settings);
  const actions = [...types.values()].reduce((sum, one) => sum + one, 0);
  if (actions === 0) return `the user has no action on ${windowInWords(window)}, which the model read`;
  const { excludeUsersAbove } = settings;
  if (typeof excludeUsersAbove === 'number' && actions > excludeUsersAbove) {
    return `the user has ${actionsInWords(actions)} on ${windowInWords(window)}, and users with more than ${count(excludeUsersAbove)} are left out (excludeUsersAbove)`;
  }
  const byType = [...types].sort(([a], [b]) => a - b).map(([type, of]) => `${actionsInWords(of)} of type ${type}`);
  return `the user has ${byType.join(', ')} on ${windowInWords(window)}, and ${needs(settings)}`;
}

const actionsInWords = (actions: number): string => (actions === 1 ? '1 action' : `${count(actions)} actions`);
