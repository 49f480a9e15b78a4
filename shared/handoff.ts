/**
 * A producer that pauses when it has made enough, until a consumer has taken that: how what is read by callbacks becomes a
 * body that is written while the reading goes on.
 *
 *   producer   … await handoff.pause() …                 consumer   while (await handoff.nextPause(producing)) {
 *                                                                     yield take(); handoff.resume(); }
 */
export class Handoff {
  #paused = Promise.withResolvers<true>();
  #resumed = Promise.withResolvers<void>();

  /** Waits for the consumer. @throws Error where it has given up */
  pause(): Promise<void> {
    this.#resumed = Promise.withResolvers<void>();
    this.#paused.resolve(true);
    return this.#resumed.promise;
  }

  /** Resolves to true when the producer waits, to false when it is through. @throws what it throws */
  async nextPause(producing: Promise<void>): Promise<boolean> {
    return Promise.race([producing.then(() => false), this.#paused.promise]);
  }

  resume(): void {
    this.#paused = Promise.withResolvers<true>();
    this.#resumed.resolve();
  }

  /** The consumer gives up: a producer that waits, or would wait, ends with an error that nobody needs. */
  cancel(producing: Promise<void>): void {
    producing.catch(() => undefined);
    this.#resumed.promise.catch(() => undefined);
    this.#resumed.reject(new Error('nobody takes any more of this'));
  }
}
