/** Runs all checks on one output, which may be staged or published. */

import { decidingSettings } from '../config/settings-readings.ts';
import { defined } from '../defined.ts';
import { EmptyModelError } from '../errors.ts';
import { inPercent } from '../in-words.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import type { Warn } from '../live/documents.ts';
import { SKETCH, versionFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { CHANGE, checkChange } from './check-change.ts';
import { checkCoverage } from './check-coverage.ts';
import { checkEmpty } from './check-empty.ts';
import { checkFinite } from './check-finite.ts';
import { checkInput } from './check-input.ts';
import { checkQuality } from './check-quality.ts';
import { checkReadable } from './check-readable.ts';
import { type ComparedLists, type Counts, type Judging, SIDES } from './judging.ts';
import type { ModelFile } from './model-file.ts';
import { readSketch, type Sketch, shareGone } from './sketch.ts';
import { checkOf, type Finding, type Gate, type QualityGate, type Verdict, worstOf } from './verdict.ts';

/** An output, and the facts that it is judged by. */
export interface OutputToJudge {
  readonly run: string;
  readonly client: string;
  readonly day: number;
  /** The settings that decide the output's bytes. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly counts: Counts;
  readonly files: readonly ModelFile[];
  /** Undefined when the output has no sketch. */
  readonly sketch: Sketch | undefined;
  /** Called before a check fails. It throws when the files hold other bytes than were written: then the storage is at fault. */
  readonly verify: () => Promise<void>;
  /** The store with the outputs of earlier days. */
  readonly store: Store;
  /** The store with the actions. */
  readonly actions: Store;
  readonly gate: Gate;
  /** Undefined for a job whose models are not evaluated. */
  readonly gateQuality: QualityGate | undefined;
  /** True when the output goes live if the checks pass. */
  readonly activate: boolean;
  /** Null when nothing is live, or when the day of the live model is unknown. */
  readonly live: Verdict['live'];
  /** Hears of documents of other days that cannot be read. */
  readonly warn: Warn;
}

/** Returns the verdict on an output. @throws EmptyModelError for a model without a vector, word or pair, under any gate */
export async function judgeOutput(job: AnyJob, output: OutputToJudge): Promise<Verdict> {
  const { run, gate, gateQuality, activate, live, counts, settings } = output;
  const judging = job.judge as Judging<unknown>;
  if (gate === 'off') {
    refuseEmpty(judging, recordsByCounts(judging, counts));
    return defined<Verdict>({ run, gate, gateQuality, activate, live, verdict: null, checks: [] });
  }
  const judged = { settings, counts };
  const { finding: readable, sample, records } = await checkReadable(judged, judging.tables, output.files);
  if (readable.result === 'failed' || records === 0) await output.verify();
  refuseEmpty(judging, records);
  const findings: [name: string, finding: Finding][] = [['finite', checkFinite(counts)]];
  if (judging.learned) findings.push(['learned', judging.learned(judged, sample)]);
  findings.push(['empty', checkEmpty(records)], ['readable', readable], ['coverage', await coverageOf(job, output)]);
  const checks = findings.map(([name, finding]) => checkOf(name, finding, gate, activate));
  checks.push(checkOf('input', await inputOf(output), 'warn', activate));
  if (gateQuality !== undefined && gateQuality !== 'off') {
    const finding = await checkQuality({ ...output, output: output.store, job: job.name });
    checks.push(checkOf('quality', finding, gateQuality === 'block' ? gate : 'warn', activate));
  }
  if (judging.lists !== undefined)
    checks.push(checkOf(CHANGE, await changeOf(job, judging.lists, output), 'warn', activate));
  return defined<Verdict>({ run, gate, gateQuality, activate, live, verdict: worstOf(checks), checks });
}

const changeOf = (job: AnyJob, lists: ComparedLists<unknown>, output: OutputToJudge): Promise<Finding> =>
  checkChange({
    ...output,
    settings: decidingSettings(job.settings, output.settings),
    job: job.name,
    writes: job.writes,
    node: modelsNodeOf(job)!,
    lists,
  });

function refuseEmpty({ mayBeEmpty }: Judging<unknown>, records: number): void {
  if (mayBeEmpty || records > 0) return;
  throw new EmptyModelError('the model is empty: there is no vector, word or pair in it. Nothing is published');
}

const recordsByCounts = ({ tables }: Judging<unknown>, counts: Counts): number =>
  tables.reduce((sum, table) => sum + (table.records(counts) ?? 0), 0);

function inputOf({ actions, client, day, settings }: OutputToJudge): Promise<Finding> {
  // A job that reads what another job made of actions is judged by the actions of the same days.
  const days = typeof settings.days === 'number' ? settings.days : 1;
  return checkInput({ actions, client, day, days });
}

async function coverageOf(job: AnyJob, output: OutputToJudge): Promise<Finding> {
  const finding = await checkCoverage({
    output: output.store,
    folder: `${output.client}/${job.writes}/`,
    job: job.name,
    day: output.day,
    days: output.settings.days,
    sides: (job.judge as Judging<unknown>).sides,
    counts: output.counts,
  });
  const gone = await goneInWords(job, output);
  return gone === undefined ? finding : { ...finding, says: `${finding.says}; ${gone}` };
}

/** Says which share of the live model's users and items is gone; undefined when the live model has no readable sketch. */
async function goneInWords(
  job: AnyJob,
  { run, client, live, sketch, store }: OutputToJudge,
): Promise<string | undefined> {
  if (live === null || live.run === null || live.run === run || sketch === undefined) return undefined;
  const folder = versionFolder(client, modelsNodeOf(job) as string, live.day, live.run);
  const before = await readSketch(store, folder + SKETCH);
  if (before === undefined) return undefined;
  const shares = SIDES.flatMap((side) => {
    const [old, now] = [before[side], sketch[side]];
    return old && now ? [`${inPercent(shareGone(old, now))} of the ${side}`] : [];
  });
  return shares.length === 0 ? undefined : `of the live model, ${shares.join(' and ')} are gone`;
}
