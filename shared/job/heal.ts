/**
 * A run that finds a damaged object in its work area starts again. The step that found the object has removed it, so the second
 * pass skips what is whole and computes the rest anew. On AWS the next execution does the same.
 */

/** The most damaged objects that a run repairs. More of them are no coincidence, and the disk must be checked. */
const MOST_HEALINGS = 20;

/**
 * Runs once, and again after each damaged object that was found.
 *
 * @param onHeal is told of each damaged object
 * @throws what `run` throws; DamagedObjectError when the same damage returns, or after `MOST_HEALINGS` damaged objects
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
