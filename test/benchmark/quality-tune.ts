/** Searches the settings of our models by `offline tune`, and those of peers by the same search. */
import { relative } from 'node:path';
import { runChild } from './measure.ts';
import { PEERS_TRIED, searchPeer, type Peer as Tried } from './peer-trials.ts';
import { PROJECT } from './places.ts';
import { peerData, trainingDay } from './quality-data.ts';
import { readTuned, TUNED_JOBS, type Tuned, writeTuned } from './quality-models.ts';
import { type Bench, cutOf, DAYS, evaluate, HOLDOUT_DAYS, ROOT, TRIALS } from './quality-protocol.ts';
import { commit, today } from './results.ts';

/** Searches the settings of every model on days before the test days of the set's first cut. */
export async function tuneAll(bench: Bench, client: string, lastDay: string): Promise<void> {
  // Each finding is stored at once, because a search may take long.
  const store = (name: string, found: Omit<Tuned, 'commit' | 'date'>) => {
    const all = readTuned();
    writeTuned({ ...all, [client]: { ...all[client], [name]: { ...found, commit: commit(), date: today() } } });
  };
  for (const job of TUNED_JOBS) {
    process.stderr.write(`bench: ${client}: tuning ${job}\n`);
    const args = [
      ...['tune', job, '--client', client, '--start-day', lastDay, '--days', String(DAYS)],
      ...['--holdout-days', String(HOLDOUT_DAYS), '--trials', String(TRIALS)],
      ...['--input-path', relative(PROJECT, bench.actionsRoot), '--output-path', relative(PROJECT, ROOT)],
    ];
    const { winner, ranked, trials } = await runChild<TuneOutput>(process.execPath, [
      `${PROJECT}cli/main.mjs`,
      ...args,
      '--json',
    ]);
    const { ndcg } = ranked.find(({ name }) => name === winner.name)!;
    const command = ['npx offline', ...args].join(' ');
    store(job, { settings: winner.settings, trials: trials.length, ndcg, command });
  }
  const cut = cutOf(client, lastDay);
  const before = { ...cut, startDay: cut.startDay - HOLDOUT_DAYS };
  const data = await peerData(before, bench.actionsRoot, ROOT, bench.runner);
  const place = { root: ROOT, client, day: trainingDay(before) };
  for (const [name, peer] of Object.entries<Tried>(PEERS_TRIED)) {
    if (peer.dimensions.length === 0) continue;
    process.stderr.write(`bench: ${client}: tuning ${name}\n`);
    const best = await searchPeer(bench.python, peer, data, place, TRIALS, (candidates, cutoff) =>
      evaluate(bench, before, candidates, cutoff),
    );
    store(name, { ...best, command: 'npm run bench -- --only quality --tune' });
  }
}

interface TuneOutput {
  readonly winner: { readonly name: string; readonly settings: Tuned['settings'] };
  readonly ranked: readonly { readonly name: string; readonly ndcg: number }[];
  readonly trials: readonly unknown[];
}
