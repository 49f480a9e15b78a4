/**
 * A run that meets a damaged object of its work area goes once more from the start: whoever found the object has removed it,
 * what is whole is found and skipped, and the rest is computed anew. In the cloud the next execution does the same.
 */

/** More objects than this are not damaged by chance: the disk needs a look. */
const MOST_HEALINGS = 20;

/**
 * Runs once, and again after each damaged object that was found.
 * @param onHeal hears of each
 * @throws what `run` throws; DamagedObjectError where the same damage comes back, or where there is no end of it
 */
export async function healing<T>(run: () => Promise<T>, onHeal: (why: string) => void): Promise<T> {
  const met = new Set<string>();
  for (;;) {
    try {
      return await run();
    } catch (error) {
      const isDamage = error instanceof Error && error.name === 'DamagedObjectError';
      if (!isDamage || met.has(error.message) || met.size === MOST_HEALINGS) throw error;
      met.add(error.message);
      onHeal(error.message);
    }
  }
}
