/**
 * A meeting point of a producer and a consumer. The producer pauses when it has made enough, until the consumer has taken
 * it. With it, data that is read by callbacks becomes a stream that can be written while the reading continues.
 *
 *   producer   … await handoff.pause() …                 consumer   while (await handoff.nextPause(producing)) {
 *                                                                     yield take(); handoff.resume(); }
 */
export class Handoff {
  #paused = Promise.withResolvers<true>();
  #resumed = Promise.withResolvers<void>();

  /** Waits for the consumer. @throws Error when the consumer has given up */
  pause(): Promise<void> {
    this.#resumed = Promise.withResolvers<void>();
    this.#paused.resolve(true);
    return this.#resumed.promise;
  }

  /** Resolves to true when the producer waits, and to false when it has ended. @throws every error of the producer */
  async nextPause(producing: Promise<void>): Promise<boolean> {
    return Promise.race([producing.then(() => false), this.#paused.promise]);
  }

  resume(): void {
    this.#paused = Promise.withResolvers<true>();
    this.#resumed.resolve();
  }

  /** Gives up on behalf of the consumer. A producer that waits now or later ends with an error, which is dropped. */
  cancel(producing: Promise<void>): void {
    producing.catch(() => undefined);
    this.#resumed.promise.catch(() => undefined);
    this.#resumed.reject(new Error('the consumer has given up'));
  }
}
