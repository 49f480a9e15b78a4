/** Runs and other commands remove files while this one looks at them. */

/** Returns undefined when `look` finds that a file or folder is no longer there. @throws what `look` throws otherwise */
export function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
