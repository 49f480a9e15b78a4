/** The answers of `offline recommend` and `offline similar` as text. */
import type { AnsweredItem, ModelFacts } from '../../shared/answers/answer.ts';
import type { Recommended } from '../../shared/answers/recommend.ts';
import type { Similar } from '../../shared/answers/similar.ts';
import { windowInWords } from '../../shared/answers/window.ts';
import { count, dayInWords } from '../../shared/in-words.ts';
import { printable } from '../printable.ts';
import { paragraph, table } from '../table.ts';

const DIGITS = 4;

export function recommendedReport({ client, user, clientUser, model, window, met, items }: Recommended): string {
  const leftOut =
    met === 0
      ? `The user met no item on ${windowInWords(window)}.`
      : `${count(met)} ${met === 1 ? 'item' : 'items'} that the user met on ${windowInWords(window)} ${met === 1 ? 'is' : 'are'} left out.`;
  return [
    paragraph(`${client}, user ${named(user, clientUser)}: ${modelInWords(model)}`),
    paragraph(leftOut, { indent: 2 }),
    '',
    items.length === 0 ? '  none: the user met every item of the model' : itemsTable(items, 'score'),
    '',
  ].join('\n');
}

export function similarReport({ client, item, clientItem, name, model, measure, items }: Similar): string {
  const title = `${named(item, clientItem)}${name === null ? '' : ` (${printable(name)})`}`;
  return [
    paragraph(`${client}, items like item ${title}: ${modelInWords(model)}`),
    '',
    items.length === 0 ? '  none: no other item has a direction' : itemsTable(items, measure),
    '',
  ].join('\n');
}

const modelInWords = ({ job, day, isLive }: ModelFacts): string =>
  `${job} of ${dayInWords(day)}${isLive ? ', live' : ''}`;

/** Returns the client's own id where it is wanted and known, and the id otherwise. */
const named = (id: number, own: string | null | undefined): string =>
  own == null ? String(id) : `${printable(own)} (${id})`;

function itemsTable(items: readonly AnsweredItem[], measure: string): string {
  const hasNames = items.some(({ name }) => name !== null);
  const isOwn = items.some(({ clientItem }) => clientItem !== undefined);
  const head = ['', isOwn ? 'own id' : 'item', ...(hasNames ? ['name'] : []), measure];
  const rows = items.map(({ item, clientItem, name, score }, place) => [
    String(place + 1),
    isOwn ? (clientItem == null ? `(${item})` : printable(clientItem)) : String(item),
    ...(hasNames ? [printable(name ?? '')] : []),
    score.toFixed(DIGITS),
  ]);
  return table([head, ...rows], isOwn ? [0, head.length - 1] : [0, 1, head.length - 1], { indent: 2 });
}
