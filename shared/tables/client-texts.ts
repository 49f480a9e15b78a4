/** Ids as the client's own texts, for exported tables. */
import { daysOf, windowOf } from '../answers/window.ts';
import { dayInWords } from '../in-words.ts';
import type { AnyJob } from '../job/job.ts';
import type { PublishedOutput } from '../live/published-output.ts';
import type { IdKind } from '../model/assigned-id.ts';
import { readIdPairs } from '../model/id-pairs.ts';
import { IdTexts } from '../model/id-texts.ts';
import type { Store } from '../store/store.ts';
import type { ModelColumn, ModelTable } from './model-table.ts';
import type { ExportedTable } from './read-table.ts';
import type { Cell } from './table-rows.ts';

/** Where the texts come from. */
export interface TextSource {
  /** The root with the client's actions and ids. */
  readonly inputs: Store;
  readonly client: string;
  readonly job: AnyJob;
  /** All jobs. */
  readonly jobs: readonly AnyJob[];
}

/** The texts of the ids in an output. They are all in memory. */
export class ClientTexts {
  readonly #texts: IdTexts;
  readonly #without: Readonly<Record<IdKind, Set<number>>> = { user: new Set(), item: new Set() };

  private constructor(texts: IdTexts) {
    this.#texts = texts;
  }

  /**
   * Reads the texts of the days that an output was computed from.
   *
   * @throws as `readIdPairs`
   */
  static async read(source: TextSource, output: PublishedOutput): Promise<ClientTexts> {
    const { inputs, client, job } = source;
    const kinds = new Set((job.tables ?? []).flatMap(({ columns }) => columns.map(({ ids }) => ids)));
    const texts = new IdTexts((kind) => kinds.has(kind));
    await readIdPairs(inputs, client, await daysBehind(source, output), texts.add, texts);
    return new ClientTexts(texts);
  }

  /** Returns the text of an id. An id without one is its number as text, and is counted. */
  readonly textOf = (kind: IdKind, id: number): string => {
    const text = this.#texts.textOf(kind, id);
    if (text === undefined) this.#without[kind].add(id);
    return text ?? String(id);
  };

  /** Returns the number of different ids that had no text. */
  get without(): Readonly<Record<IdKind, number>> {
    return { user: this.#without.user.size, item: this.#without.item.size };
  }
}

/** Returns the days since 1970-01-01 UTC that the output's actions are from: its own day, when no manifest tells more. */
async function daysBehind(
  { inputs, client, job, jobs }: TextSource,
  { day, manifest }: PublishedOutput,
): Promise<number[]> {
  if (manifest === undefined) return [day];
  return daysOf(await windowOf(manifest, job, jobs, { store: inputs, client }));
}

/** Returns a table of an output as it is exported. @param texts undefined for ids as the output has them */
export function exportedTable(
  { manifest }: Pick<PublishedOutput, 'manifest'>,
  source: ModelTable,
  texts: ClientTexts | undefined,
): ExportedTable {
  const { name, columns } = source;
  if (manifest !== undefined && source.hasTexts?.(manifest.settings) === true) {
    return { name, columns: columns.map(asText), source, cellsOf: (cells) => cells };
  }
  if (texts === undefined) return { name, columns, source, cellsOf: (cells) => cells };
  const cellsOf = (cells: readonly Cell[]): Cell[] =>
    cells.map((cell, index) => withTexts(columns[index], cell, texts));
  return { name, columns: columns.map(asText), source, cellsOf };
}

const asText = (column: ModelColumn): ModelColumn =>
  column.ids === undefined ? column : { ...column, type: 'string' };

function withTexts(column: ModelColumn | undefined, cell: Cell, texts: ClientTexts): Cell {
  if (column?.ids === undefined) return cell;
  const { ids } = column;
  if (typeof cell === 'number') return texts.textOf(ids, cell);
  if (cell === null || typeof cell !== 'object') return cell;
  return Array.from(cell as ArrayLike<number>, (id) => texts.textOf(ids, id));
}

/** Returns, in words, how many ids have no text; undefined when all have one. */
export function withoutTextInWords({ without }: ClientTexts, day: number): string | undefined {
  const parts = [
    ...(without.user > 0 ? [`${without.user} users`] : []),
    ...(without.item > 0 ? [`${without.item} items`] : []),
  ];
  if (parts.length === 0) return undefined;
  return `${parts.join(' and ')} have no text of the client up to day ${dayInWords(day)}, and are written as their numbers`;
}
