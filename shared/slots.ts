/** A number of slots that pieces of work share. A piece waits until it has its slots, in the order in which the pieces came. */
export class Slots {
  #free: number;
  readonly #waiting: { readonly count: number; readonly begin: () => void }[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Does `work` while it holds `count` slots, of which there must be so many. Resolves to its result. */
  async with<T>(count: number, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ count, begin });
      this.#beginNext();
    });
    try {
      return await work();
    } finally {
      this.#free += count;
      this.#beginNext();
    }
  }

  #beginNext(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || next.count > this.#free) return;
      this.#waiting.shift();
      this.#free -= next.count;
      next.begin();
    }
  }
}
