/**
 * When an input surely has too many rejects: while it is read, because rubbish by the gigabyte is not worth reading to its
 * end. Nothing is refused here that the whole reading would accept.
 */
import { MOST_GZIP_RATIO } from '../lines/gunzip.ts';
import type { ObjectInfo } from '../store/store.ts';
import type { Run } from './job.ts';
import { type ReadCounts, tooManyRejects } from './reject-words.ts';

/** The shortest line is a byte and its end, the shortest record of a joined line `{}`. */
const SHORTEST_LINE_BYTES = 2;

export class RejectLimit {
  readonly #maxRatio: number;
  readonly #option: string | undefined;
  /** Bytes of text in all inputs of the run, at most; and the lines whose end their object's end is. */
  readonly #mostBytes: number;
  readonly #objects: number;

  /** @param option as `CheckOptions` has it */
  constructor(
    { inputs, settings }: Pick<Run<{ readonly maxRejectRatio: number }>, 'inputs' | 'settings'>,
    option?: string,
  ) {
    this.#maxRatio = settings.maxRejectRatio;
    this.#option = option;
    this.#mostBytes = inputs.reduce((sum, object) => sum + mostContent(object), 0);
    this.#objects = inputs.length;
  }

  /**
   * @param counts of what was read so far, by one of the shards; whatever is not among it may be good
   * @param first the first rejects, as `rejectLine` writes them
   * @throws TooManyRejectsError when the share is above the limit even if all that is left were the shortest good lines
   */
  check(counts: Omit<ReadCounts, 'reasons'>, first: readonly string[]): void {
    const { lines, rejected, bytes, rejectedBytes } = counts;
    const left = Math.max(0, this.#mostBytes - bytes);
    const mostLines = lines + Math.ceil(left / SHORTEST_LINE_BYTES) + this.#objects;
    if (rejected <= this.#maxRatio * mostLines && rejectedBytes <= this.#maxRatio * (bytes + left)) return;
    const what = `${rejected} of the first ${lines} lines were rejected, which is too much whatever follows`;
    throw tooManyRejects(what, this.#maxRatio, first, this.#option);
  }
}

const mostContent = ({ key, size }: ObjectInfo): number => (key.endsWith('.gz') ? size * MOST_GZIP_RATIO : size);
