/** Columns that grow: typed arrays with a `push`, which double when they are full. */

export type Column =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

export class Growable<T extends Column> {
  #values: T;
  #length = 0;
  readonly #make: new (
    length: number,
  ) => T;

  constructor(make: new (length: number) => T, capacity = 1024) {
    this.#make = make;
    this.#values = new make(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow(this.#length + 1);
    this.#values[this.#length++] = value;
  }

  /** Pushes all values, in order. */
  append(values: T): void {
    const length = this.#length + values.length;
    if (length > this.#values.length) this.#grow(length);
    this.#values.set(values, this.#length);
    this.#length = length;
  }

  /** Drops all values but the first `length`. */
  truncate(length: number): void {
    this.#length = Math.min(length, this.#length);
  }

  /** Returns a view of the values. It is valid until the next push. */
  view(): T {
    return this.#values.subarray(0, this.#length) as T;
  }

  #grow(least: number): void {
    const larger = new this.#make(Math.max(2 * this.#values.length, least));
    larger.set(this.#values);
    this.#values = larger;
  }
}
