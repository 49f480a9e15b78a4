/**
 * The ALS kernel is compared with implicit (Ben Frederickson's library, with solvers in Cython and BLAS) on one thread, and
 * with Spark's ALS on two threads.
 *
 * The kernel and implicit solve the same problem from the same start vectors in five sweeps, items first. In implicit's
 * problem lambda is not scaled by a row's length; `test/helpers/train-factors.ts` says how the kernel solves it.
 */
import { mkdirSync } from 'node:fs';
import type { KernelRun } from './children/als-kernel.ts';
import type { Data } from './data.ts';
import { inTurns, type Measurement, runNode, runPython } from './measure.ts';
import type { Peer } from './peers.ts';
import { BENCH } from './places.ts';
import { type Contender, cpuRatio, type Row, type Section } from './section.ts';

const ITERATIONS = 5;
const LAMBDA = 0.1;

/** For rank 30, the time of implicit is measured at rank 32, which suits its BLAS, and its objective at rank 30. */
const RANKS = [
  { rank: 30, implicitRank: 32, exactAtLeast: 1.5, pcgAtLeast: 2 },
  { rank: 64, implicitRank: 64, exactAtLeast: 0.8, pcgAtLeast: 1.6 },
] as const;
const CHOLESKY_AT_LEAST = 6;
const SPARK_AT_LEAST = { exact: 15, pcg: 30 } as const;
/** Objectives with a smaller relative difference are equal, because factors in float32 are not more exact. */
const EQUAL_OBJECTIVE = 1e-6;

export interface AlsOptions {
  /** True to measure implicit's Cholesky solver too, which takes a minute for each round. */
  readonly cholesky: boolean;
}

export async function als(data: Data, peer: Peer, sparkPeer: Peer, options: AlsOptions): Promise<Section> {
  const rows: Row[] = [];
  const contenders: Contender[] = [];
  for (const { rank, implicitRank, exactAtLeast, pcgAtLeast } of RANKS) {
    const runs = new AlsRuns(data, peer);
    const { exact, cg, pcg } = await inTurns({
      exact: () => runs.kernel('exact', rank),
      cg: () => runs.implicit('cg', implicitRank),
      pcg: () => runs.kernel('pcg', rank),
    });
    const at = `rank ${rank}`;
    rows.push({ what: `${at}: CG-3 / exact`, ...cpuRatio(cg, exact), target: { atLeast: exactAtLeast } });
    rows.push({ what: `${at}: CG-3 / PCG`, ...cpuRatio(cg, pcg), target: { atLeast: pcgAtLeast } });
    contenders.push({ name: `exact, ${at}`, outcome: exact, note: await runs.objective('exact', rank) });
    contenders.push({
      name: `PCG, last half-sweep exact, ${at}`,
      outcome: pcg,
      note: await runs.objective('pcg', rank),
    });
    contenders.push({
      name: `implicit CG-3, rank ${implicitRank}`,
      outcome: cg,
      note: await runs.objective('cg', implicitRank),
    });
    if (options.cholesky) {
      const { cholesky } = await inTurns({ cholesky: () => runs.implicit('cholesky', implicitRank) }, 1);
      const target = { atLeast: CHOLESKY_AT_LEAST };
      rows.push({ what: `${at}: Cholesky / exact`, ...cpuRatio(cholesky, exact), target });
      const note = await runs.objective('cholesky', implicitRank);
      contenders.push({ name: `implicit Cholesky, rank ${implicitRank}, one round`, outcome: cholesky, note });
    }
    if (implicitRank !== rank) {
      const { atEqualRank } = await inTurns({ atEqualRank: () => runs.implicit('cg', rank) }, 1);
      const note = await runs.objective('cg', rank);
      contenders.push({ name: `implicit CG-3, ${at}, one round`, outcome: atEqualRank, note });
    }
    const { sparks } = await inTurns({ sparks: () => sparkAls(data, sparkPeer, rank) }, 1);
    rows.push({ what: `${at}: Spark / exact`, ...cpuRatio(sparks, exact), target: { atLeast: SPARK_AT_LEAST.exact } });
    rows.push({ what: `${at}: Spark / PCG`, ...cpuRatio(sparks, pcg), target: { atLeast: SPARK_AT_LEAST.pcg } });
    contenders.push({ name: `Spark local[2], ${at}, one round`, outcome: sparks });
    rows.push(...['exact', 'pcg'].map((solver) => runs.objectiveRow(solver, rank)));
  }
  return {
    title: `ALS on ${data.users} users × ${data.items} items × ${data.pairs} pairs`,
    text:
      `${ITERATIONS} sweeps, alpha 1, lambda ${LAMBDA} for every row, one thread. Scores are in memory on both ` +
      'sides, and problem and start vectors are the same. The objective is computed in float64 from the factors ' +
      'at the end of each program. For Spark, the CPU time is that of its Java virtual machine while it fits ' +
      'scores that are in its memory. Its memory is that of the virtual machine at that time.',
    rows,
    contenders,
  };
}

async function sparkAls({ folder }: Data, peer: Peer, rank: number): Promise<Measurement> {
  if ('failed' in peer) throw new Error(peer.failed);
  return runPython<Measurement>(peer.python, 'spark_als', { folder, rank, iterations: ITERATIONS, lambda: LAMBDA });
}

/** Makes the runs at one rank and remembers the objectives that they reach. */
class AlsRuns {
  readonly #data: Data;
  readonly #peer: Peer;
  readonly #objectives = new Map<string, number>();
  readonly #factors = `${BENCH}factors`;

  constructor(data: Data, peer: Peer) {
    this.#data = data;
    this.#peer = peer;
    mkdirSync(this.#factors, { recursive: true });
  }

  async kernel(solver: 'exact' | 'pcg', rank: number): Promise<Measurement> {
    const run: KernelRun = {
      folder: this.#data.folder,
      rank,
      solver,
      iterations: ITERATIONS,
      lambda: LAMBDA,
      alpha: 1,
      regularization: 'plain',
      factors: this.#files(solver, rank),
    };
    return this.#finished(solver, rank, await runNode<Measurement>('als-kernel', run));
  }

  async implicit(solver: 'cg' | 'cholesky', rank: number): Promise<Measurement> {
    if ('failed' in this.#peer) throw new Error(this.#peer.failed);
    const { folder, users, items } = this.#data;
    const start = `${this.#factors}/start`;
    await runNode('start-vectors', { users, rank, path: start });
    const factors = this.#files(solver, rank);
    const run = { folder, users, items, rank, solver, iterations: ITERATIONS, lambda: LAMBDA, start, factors };
    return this.#finished(solver, rank, await runPython<Measurement>(this.#peer.python, 'implicit_als', run));
  }

  async objective(solver: string, rank: number): Promise<string> {
    const objective = this.#objectives.get(`${solver} ${rank}`);
    return objective === undefined ? '' : `objective ${objective.toFixed(1)}`;
  }

  /** Returns the ratio of implicit's objective to the kernel's, at the kernel's rank. The kernel is no worse from 1 on. */
  objectiveRow(solver: string, rank: number): Row {
    const own = this.#objectives.get(`${solver} ${rank}`);
    const theirs = this.#objectives.get(`cg ${rank}`);
    const what = `rank ${rank}: objective of CG-3 / ${solver === 'pcg' ? 'PCG' : 'exact'}`;
    const target = { atLeast: 1 - EQUAL_OBJECTIVE };
    if (own === undefined || theirs === undefined) return { what, ratio: undefined, target, note: 'not measured' };
    return { what, ratio: theirs / own, target, decimals: 6, note: `${theirs.toFixed(1)} / ${own.toFixed(1)}` };
  }

  /** Computes the objective of the first round, because every round ends with the same factors. */
  async #finished(solver: string, rank: number, measurement: Measurement): Promise<Measurement> {
    const name = `${solver} ${rank}`;
    if (!this.#objectives.has(name)) {
      const run = { folder: this.#data.folder, rank, lambda: LAMBDA, ...this.#files(solver, rank) };
      this.#objectives.set(name, (await runNode<{ objective: number }>('objective', run)).objective);
    }
    return measurement;
  }

  #files(solver: string, rank: number) {
    const path = `${this.#factors}/${solver}-${rank}`;
    return { users: `${path}.users`, items: `${path}.items` };
  }
}
