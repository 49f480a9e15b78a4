/** Judges a version before a person makes it live. */
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import type { Judge } from '../live/commands.ts';
import { versionFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { judgeFolder, liveIn } from './judge.ts';
import { checksWith, type Gate, type QualityGate } from './verdict.ts';

/**
 * Makes a judge that judges a version unless the version already has a sufficient verdict.
 * @param warn hears of every check that failed and does not block
 */
export const versionJudge =
  (
    job: AnyJob,
    place: { readonly client: string; readonly store: Store },
    { gate, gateQuality }: { readonly gate: Gate; readonly gateQuality: QualityGate | undefined },
    warn: (words: string) => void,
  ): Judge =>
  async ({ day, run }, manifest, live) => {
    if (job.judge === undefined) return;
    const { client, store } = place;
    const folder = versionFolder(client, modelsNodeOf(job) as string, day, run);
    const purpose = { gate, gateQuality, activate: true, live: liveIn(live) };
    const verdict = await judgeFolder(job, { id: run, client, day, store }, folder, manifest, purpose, warn);
    if (verdict.verdict === null) warn('gate is off: the model was not judged');
    if (verdict.verdict === 'warned') for (const failure of checksWith('warned', verdict)) warn(`verdict: ${failure}`);
  };
