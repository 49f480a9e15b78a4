import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byKey, LeastFirst } from '../../../shared/shuffle/least-first.ts';

/** An ascending list that is read key by key. */
class Run {
  readonly #keys: readonly number[];
  #place = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  get key(): number {
    return this.#keys[this.#place]!;
  }

  next(): boolean {
    return ++this.#place < this.#keys.length;
  }
}

test('Keys come in ascending order, however they are spread over runs', () => {
  const someRuns = fc.array(fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 20 }), { maxLength: 12 });
  fc.assert(
    fc.property(someRuns, (lists) => {
      const sorted = (keys: readonly number[]) => [...keys].sort((a, b) => a - b);
      const runs = new LeastFirst(
        lists.map((keys) => new Run(sorted(keys))),
        byKey,
      );
      const taken: number[] = [];
      for (let run = runs.first; run; run = runs.first) {
        taken.push(run.key);
        if (run.next()) runs.moved();
        else runs.ended();
      }
      expect(taken).toEqual(sorted(lists.flat()));
    }),
  );
});
