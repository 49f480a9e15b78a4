interface Sleeper {
  /** Milliseconds. */
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that only moves when everything waits for it, so that a simulated day takes seconds. */
export class VirtualClock {
  /** Milliseconds. */
  now = 0;
  /** A binary heap of sleepers, the earliest first. */
  readonly #sleepers: Sleeper[] = [];

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#push({ at: this.now + ms, wake }));
  }

  /** Lets time pass until the work is done. The work may wait for this clock and for calculations only. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    over.catch(() => undefined);
    for (;;) {
      await new Promise(setImmediate);
      if (isOver) return over;
      const next = this.#sleepers[0];
      if (next === undefined) continue;
      this.now = next.at;
      while (this.#sleepers[0] !== undefined && this.#sleepers[0].at <= this.now) this.#pop().wake();
    }
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    let at = heap.push(sleeper) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= sleeper.at) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = sleeper;
  }

  #pop(): Sleeper {
    const heap = this.#sleepers;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && heap[left + 1]!.at < heap[left]!.at ? left + 1 : left;
      if (heap[child]!.at >= last.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
