/** The abilities of the terminal: the width of its lines, and if lines may be replaced. */

/** A terminal that does not tell its width has usually this many columns. */
const USUAL_WIDTH = 80;

interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the number of columns of a text on a stream. `COLUMNS` wins over the terminal's own width. A text for a pipe or a
 * file has no limit, because a program may read its lines.
 */
export function widthOf({ isTTY, columns }: OutputStream, environment: Environment = process.env): number {
  const wanted = Number(environment.COLUMNS);
  if (Number.isInteger(wanted) && wanted > 0) return wanted;
  return isTTY ? columns || USUAL_WIDTH : Number.POSITIVE_INFINITY;
}

/** Returns the number of columns of a text on standard output. */
export const outputWidth = (): number => widthOf(process.stdout);

/**
 * True when standard error is a terminal on which lines may be replaced. Otherwise progress is written in plain lines. On a
 * terminal without columns, as some programs open it, nobody looks.
 */
export function isLive(
  { isTTY, columns }: OutputStream = process.stderr,
  environment: Environment = process.env,
): boolean {
  const { TERM, CI, NO_COLOR } = environment;
  const isBuildServer = CI !== undefined && !['', '0', 'false'].includes(CI);
  return isTTY === true && columns !== 0 && TERM !== 'dumb' && !isBuildServer && (NO_COLOR ?? '') === '';
}
