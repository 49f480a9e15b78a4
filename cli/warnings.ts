/** Warnings on standard error: each at once, or said once, however often and from however many jobs they come. */

export const warn = (text: string): void => void process.stderr.write(`warning: ${text}\n`);

interface Heard {
  readonly jobs: Set<string>;
  times: number;
}

/** A repeated warning is recognized by its beginning. Characters. */
const BEGINNING = 60;

export class Warnings {
  readonly #heard = new Map<string, Heard>();

  /** The number of different warnings. */
  get size(): number {
    return this.#heard.size;
  }

  /** True for a warning that was not heard before. */
  hear(text: string, job?: string): boolean {
    const known = this.#heard.get(text);
    const heard = known ?? { jobs: new Set(), times: 0 };
    this.#heard.set(text, heard);
    heard.times++;
    if (job !== undefined) heard.jobs.add(job);
    return known === undefined;
  }

  /** Returns a line for each warning. @param wereSaid true when each was said at once: then only repeated ones are returned */
  lines(wereSaid: boolean): string[] {
    return [...this.#heard].flatMap(([text, { jobs, times }]) => {
      const often = times > Math.max(1, jobs.size) ? ` (${times} times)` : '';
      if (!wereSaid) return [`warning${often}${jobs.size === 0 ? '' : ` of ${[...jobs].join(', ')}`}: ${text}`];
      const beginning = text.length > BEGINNING ? `${text.slice(0, BEGINNING)}…` : text;
      return often === '' ? [] : [`the warning '${beginning}' came ${times} times`];
    });
  }
}
