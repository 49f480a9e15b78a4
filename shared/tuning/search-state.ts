/**
 * `search.json`, all that a search keeps: its request, its trials and their outcomes in each rung. It is written after each
 * training, and is the only object of a search that stays when the search has ended.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type MetricsDocument, metricsSchema } from '../evaluation/metrics-document.ts';
import { canonicalJson, type JsonValue } from '../json.ts';
import { type DocumentKind, readDocument } from '../live/documents.ts';
import { jobWorkFolder } from '../store/keys.ts';
import { sealed } from '../store/sealed.ts';
import type { Store } from '../store/store.ts';
import type { Outcome } from './search.ts';
import type { Point } from './space.ts';
import type { Trial } from './trials.ts';

const outcome = z.object({
  ndcg: z.number().nullable(),
  error: z.string().nullable(),
  dollars: z.number().nullable(),
});

const schema = z.object({
  /** The request of the search, for people to read. Its hash is the name of the folder. */
  request: z.custom<JsonValue>(),
  /** The number of users in the days that the trials read; null before they are counted. */
  users: z.number().nullable(),
  /** For each rung: the sampled users have smaller hashes. */
  limits: z.array(z.number()),
  trials: z.array(z.object({ name: z.string(), point: z.record(z.string(), z.custom<JsonValue>()) })),
  /** For each rung: trial name → outcome. */
  outcomes: z.array(z.record(z.string(), outcome)),
  /** The evaluations of the best trials together, and of the winner on the second hold-out, by the names of their scorers. */
  judged: z.record(z.string(), metricsSchema),
  /** The time of all calls, in seconds by the clock, and the CPU time of all runs. */
  spent: z.object({ seconds: z.number(), cpuSeconds: z.number() }),
});

type Document = z.infer<typeof schema>;

const KIND: DocumentKind<Document> = {
  schema,
  empty: {
    request: null,
    users: null,
    limits: [],
    trials: [],
    outcomes: [],
    judged: {},
    spent: { seconds: 0, cpuSeconds: 0 },
  },
  cure: 'Remove it: the search begins anew.',
};

/** Returns the name of a search: 16 hexadecimal digits of a hash of everything that its outcomes follow from. */
export const searchId = (request: JsonValue): string =>
  createHash('sha256').update(canonicalJson(request)).digest('hex').slice(0, 16);

/** The folder of a search below the output root. It ends in `/`. Its name cannot be that of a run. */
export const searchFolder = (client: string, id: string): string => `${jobWorkFolder('tune', client)}search-${id}/`;

export class SearchState {
  users: number | undefined;
  limits: readonly number[];
  readonly trials: Trial[];
  readonly outcomes: Map<string, Outcome>[];
  readonly judged: Map<string, MetricsDocument>;
  readonly spent: { readonly seconds: number; cpuSeconds: number };
  readonly #store: Store;
  readonly #key: string;
  readonly #request: JsonValue;
  readonly #began: number;

  /**
   * Reads the state of a search, or begins one.
   *
   * @param varied the settings of the points. The document has them in alphabetical order, and a point that is read has them in
   *   this order, as in a search that was not stopped
   * @throws DamagedObjectError
   */
  static async open(store: Store, folder: string, request: JsonValue, varied: readonly string[]): Promise<SearchState> {
    const key = `${folder}search.json`;
    const { value } = await readDocument(store, key, KIND);
    const trials = value.trials.map(({ name, point }) => ({ name, point: inOrder(point, varied) }));
    return new SearchState(store, key, request, { ...value, trials });
  }

  private constructor(store: Store, key: string, request: JsonValue, found: Document) {
    this.#store = store;
    this.#key = key;
    this.#request = request;
    this.users = found.users ?? undefined;
    this.limits = found.limits;
    this.trials = [...found.trials];
    this.outcomes = found.outcomes.map((rung) => new Map(Object.entries(rung)));
    this.judged = new Map(Object.entries(found.judged));
    this.spent = { ...found.spent };
    this.#began = performance.now() - 1000 * this.spent.seconds;
  }

  /** Makes room for the outcomes of so many rungs. */
  ofRungs(count: number): void {
    while (this.outcomes.length < count) this.outcomes.push(new Map());
  }

  /** The seconds of all calls, this one included. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  async save(): Promise<void> {
    const document: Document = {
      request: this.#request,
      users: this.users ?? null,
      limits: [...this.limits],
      trials: this.trials,
      outcomes: this.outcomes.map((rung) => Object.fromEntries(rung)),
      judged: Object.fromEntries(this.judged),
      spent: { ...this.spent, seconds: this.seconds },
    };
    await this.#store.put(this.#key, `${sealed(document as never, 1)}\n`);
  }
}

/** Returns the point with these settings first, in their order. */
const inOrder = (point: Point, settings: readonly string[]): Point => {
  const first = settings.filter((setting) => Object.hasOwn(point, setting));
  return { ...Object.fromEntries(first.map((setting) => [setting, point[setting]!])), ...point };
};

/** Adds the CPU time of this process during `work`, while no run is under way. */
export async function countingCpu<T>(state: SearchState, work: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  state.spent.cpuSeconds += (user + system) / 1e6;
  return result;
}
