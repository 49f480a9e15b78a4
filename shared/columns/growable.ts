/** Columns that grow: typed arrays with a push, doubling as they fill. */

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
    if (this.#length === this.#values.length) {
      const larger = new this.#make(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** Forgets what was pushed beyond the first `length` values. */
  truncate(length: number): void {
    this.#length = Math.min(length, this.#length);
  }

  /** What was pushed, a view that the next push may leave behind. */
  view(): T {
    return this.#values.subarray(0, this.#length) as T;
  }
}
