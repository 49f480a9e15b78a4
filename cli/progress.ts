/**
 * Shows the progress of jobs on stderr, so that stdout holds the result only. On a terminal it is a few lines that change: a
 * title and one line for each running job. Elsewhere it is plain lines.
 */
import { createLogUpdate } from 'log-update';
import { hearWaits } from '../shared/wait.ts';
import { sayHowToGoOn } from './interrupted.ts';
import type { RunWatcher } from './local/run-job.ts';
import { indented, paragraph } from './table.ts';
import { isLive, widthOf } from './terminal.ts';
import { Warnings } from './warnings.ts';

export interface Progress {
  /** Prints a line that stays. */
  say(text: string): void;
  /** Prints a warning, once. With several jobs it is printed at the end, with the jobs that it concerns. */
  warn(text: string, job?: string): void;
  /** Shows the current state of the work or of a job. On a terminal it replaces the state before; elsewhere it is left out. */
  now(text: string, job?: string): void;
  /** One of several jobs has ended. */
  ended(job: string, outcome: string): void;
}

export interface ProgressOptions {
  /** The number of jobs; undefined for work that is not divided into jobs. */
  readonly jobs?: number;
}

const INDENT = 2;
/** A terminal is refreshed this often, so that the time goes on while nothing else does. */
const REFRESH_MS = 1_000;

/** Does `work` under a title. */
export async function withProgress<T>(
  title: string,
  work: (progress: Progress) => Promise<T>,
  options: ProgressOptions = {},
): Promise<T> {
  const display = new Display(title, options.jobs, isLive() ? liveOutput() : plainOutput());
  const stopWaits = hearWaits(({ text }) => display.say(text));
  const stopSignals = sayHowToGoOn(() => display.close('stopped'));
  try {
    const result = await work(display);
    display.close();
    return result;
  } catch (error) {
    display.close('failed');
    throw error;
  } finally {
    stopSignals();
    stopWaits();
  }
}

/** Where a display writes. */
export interface DisplayOutput {
  /** The columns of a line. */
  readonly width: number;
  /** Writes lines that stay. */
  persist(text: string): void;
  /** Replaces the lines that change. Undefined where lines cannot be replaced. */
  readonly replace?: (text: string) => void;
  /** Removes the lines that change, and gives the cursor back. */
  readonly end?: () => void;
}

function liveOutput(): DisplayOutput {
  const update = createLogUpdate(process.stderr);
  return {
    width: widthOf(process.stderr),
    persist: (text) => update.persist(text),
    replace: update,
    end: () => {
      update.clear();
      update.done();
    },
  };
}

const plainOutput = (): DisplayOutput => ({
  width: widthOf(process.stderr),
  persist: (text) => process.stderr.write(`${text}\n`),
});

export class Display implements Progress {
  readonly #title: string;
  readonly #jobs: number | undefined;
  readonly #output: DisplayOutput;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #warnings = new Warnings();
  /** Running job → its state. */
  readonly #running = new Map<string, string>();
  #now = '';
  #ended = 0;

  /** @param jobs the number of jobs, if there are several */
  constructor(title: string, jobs: number | undefined, output: DisplayOutput) {
    this.#title = title;
    this.#jobs = jobs;
    this.#output = output;
    if (output.replace === undefined) output.persist(title);
    else this.#timer = setInterval(() => this.#refresh(), REFRESH_MS).unref();
    this.#refresh();
  }

  say(text: string): void {
    this.#output.persist(paragraph(text, { width: this.#output.width, indent: INDENT, hanging: INDENT }));
  }

  warn(text: string, job?: string): void {
    const isFirst = this.#warnings.hear(text, job);
    if (isFirst && this.#jobs === undefined) this.say(`warning: ${text}`);
    this.#refresh();
  }

  now(text: string, job?: string): void {
    if (job === undefined) this.#now = text;
    else this.#running.set(job, text);
    this.#refresh();
  }

  ended(job: string, outcome: string): void {
    this.#running.delete(job);
    this.#ended++;
    if (this.#output.replace === undefined) this.say(`${this.#ended} of ${this.#jobs}: ${job} ${outcome}`);
    this.#refresh();
  }

  /** @param how how the work ended, if it did not succeed */
  close(how?: string): void {
    clearInterval(this.#timer);
    this.#output.end?.();
    if (this.#output.replace !== undefined) this.#output.persist([this.#head(), how].filter(Boolean).join(' · '));
    for (const line of this.#warnings.lines(this.#jobs === undefined)) this.say(line);
  }

  #refresh(): void {
    const running = [...this.#running].map(([job, state]) => `${job}: ${state}`);
    this.#output.replace?.([this.#head(this.#now), ...running.map((line) => indented(line))].join('\n'));
  }

  #head(now = ''): string {
    const warnings = this.#warnings.size;
    return [
      this.#title,
      ...(this.#jobs === undefined ? [] : [`${this.#ended} of ${this.#jobs}`]),
      ...(now === '' ? [] : [now]),
      ...(warnings === 0 || this.#jobs === undefined ? [] : [warnings === 1 ? '1 warning' : `${warnings} warnings`]),
      seconds((performance.now() - this.#started) / 1000),
    ].join(' · ');
  }
}

/** Shows a run's steps: `solve 3/4 shards, 12/s`. @param job the job, when several run at once. Then its log lines are states */
export function watchRun(progress: Progress, job?: string): RunWatcher {
  let began = performance.now();
  return {
    step: (name, shards) => {
      began = performance.now();
      progress.now(shards === undefined ? name : `${name} 0/${shards} shards`, job);
    },
    shard: (name, done, of) => {
      const rate = done / ((performance.now() - began) / 1000);
      progress.now(`${name} ${done}/${of} shards, ${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)}/s`, job);
    },
    log: ({ level, message }) => {
      if (level === 'warn') progress.warn(message, job);
      else if (job === undefined) progress.say(message);
      else progress.now(message, job);
    },
  };
}

export const seconds = (value: number): string => (value < 9.95 ? `${value.toFixed(1)} s` : `${value.toFixed(0)} s`);
