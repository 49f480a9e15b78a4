/**
 * Refuses an input that certainly has too many rejects while it is still being read, so that gigabytes of useless lines are not
 * read to their end. It refuses only an input that would also be refused at its end.
 */
import { MOST_GZIP_RATIO } from '../lines/gunzip.ts';
import type { ObjectInfo } from '../store/store.ts';
import type { Run } from './job.ts';
import { type ReadCounts, tooManyRejects, type WaysOut } from './reject-words.ts';

/** The bytes of the shortest line, a character and a newline, and of the shortest record of a joined line, `{}`. */
const SHORTEST_LINE_BYTES = 2;

export class RejectLimit {
  readonly #maxRatio: number;
  readonly #waysOut: WaysOut;
  /** The most bytes of text that all inputs of the run can have. */
  readonly #mostBytes: number;
  /** The number of inputs. The last line of each may have no newline. */
  readonly #objects: number;

  constructor(
    { inputs, settings }: Pick<Run<{ readonly maxRejectRatio: number }>, 'inputs' | 'settings'>,
    waysOut: WaysOut = {},
  ) {
    this.#maxRatio = settings.maxRejectRatio;
    this.#waysOut = waysOut;
    this.#mostBytes = inputs.reduce((sum, object) => sum + mostContent(object), 0);
    this.#objects = inputs.length;
  }

  /**
   * Checks the counts of one shard. All other lines of the run may be good.
   *
   * @param counts the lines that the shard has read so far
   * @param first the first rejects, as `rejectLine` writes them
   * @throws TooManyRejectsError when the share is above the limit even if all other bytes are good lines of the shortest length
   */
  check(counts: Omit<ReadCounts, 'reasons'>, first: readonly string[]): void {
    const { lines, rejected, bytes, rejectedBytes } = counts;
    const left = Math.max(0, this.#mostBytes - bytes);
    const mostLines = lines + Math.ceil(left / SHORTEST_LINE_BYTES) + this.#objects;
    if (rejected <= this.#maxRatio * mostLines && rejectedBytes <= this.#maxRatio * (bytes + left)) return;
    const what = `${rejected} of the first ${lines} lines were rejected, which is too many even if all others are good`;
    throw tooManyRejects(what, this.#maxRatio, first, this.#waysOut);
  }
}

const mostContent = ({ key, size }: ObjectInfo): number => (key.endsWith('.gz') ? size * MOST_GZIP_RATIO : size);
