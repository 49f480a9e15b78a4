/** What the formats of text have in common: a row is a line, and a number has its shortest digits, as JSON prints them. */
import { shortestSingle } from '../model/shortest-single.ts';
import { type Batch, type Lists, numbersIn, type Sink, type TableWriter, type Values } from './table.ts';

/** The number of characters after which the text is handed on. */
const CHUNK_LENGTH = 1 << 18;

/** The text of the rows of a table. */
export interface TextFormat {
  /** Returns the text before the first row. @param first the batch with the first row; undefined for a table without a row */
  readonly opening: (first: Batch | undefined) => string;
  /** Returns a row as a line with its end. */
  readonly line: (batch: Batch, row: number) => string;
}

/** Writes the lines of a format. */
export class TextTable implements TableWriter {
  readonly #format: TextFormat;
  readonly #sink: Sink;
  #text = '';
  #isOpen = false;

  constructor(format: TextFormat, sink: Sink) {
    this.#format = format;
    this.#sink = sink;
  }

  async write(batch: Batch): Promise<void> {
    if (batch.count === 0) return;
    this.#open(batch);
    for (let row = 0; row < batch.count; row++) {
      this.#text += this.#format.line(batch, row);
      if (this.#text.length >= CHUNK_LENGTH) await this.#flush();
    }
  }

  async finish(): Promise<void> {
    this.#open(undefined);
    await this.#flush();
  }

  #open(first: Batch | undefined): void {
    if (!this.#isOpen) this.#text = this.#format.opening(first);
    this.#isOpen = true;
  }

  async #flush(): Promise<void> {
    await this.#sink(Buffer.from(this.#text, 'utf8'));
    this.#text = '';
  }
}

/** Returns a number of a column as text. @throws RangeError for one that is not finite, which JSON cannot hold */
export function numberText(values: Values, at: number): string {
  const value = numbersIn(values)[at]!;
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not finite, and cannot be written as text`);
  return String(values instanceof Float32Array ? shortestSingle(value) : value);
}

/** Returns a text of a column, or null, as JSON. */
export const jsonText = (values: Values, at: number): string => JSON.stringify(values[at]);

/** Returns the texts of a row's list, one after another. */
export function listTexts(
  { starts, values }: Lists,
  row: number,
  textOf: (values: Values, at: number) => string,
): string[] {
  const texts: string[] = [];
  for (let at = starts[row]!; at < starts[row + 1]!; at++) texts.push(textOf(values, at));
  return texts;
}
