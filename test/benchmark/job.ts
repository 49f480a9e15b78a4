/**
 * Whole jobs by the command line are compared with their parts, to see what a job adds to kernel, gunzip, parsing and gzip.
 *
 * The figure of a job is its whole process, with start-up, planning, shuffles, hashes and publishing. Each part runs alone on
 * the same bytes in the same round.
 */
import type { Data } from './data.ts';
import { groupedFolder, prepareActions } from './grouped.ts';
import { type PartedJob, partedJobs } from './job-parts.ts';
import { inTurns, type Measured, type Measurement, type Outcome } from './measure.ts';
import { FACTORIZATION_SETTINGS, matrixFactorization, stepsText } from './offline.ts';
import { type Contender, isMeasured, type Row, type Section } from './section.ts';
import { type Packing, SHOP_SIZES, shopOf } from './shop-jobs.ts';

const OVERHEAD_AT_MOST = 1.3;
const PEAK_MB_AT_MOST = 1_536;

export async function job(data: Data): Promise<Section> {
  await prepareActions(data);
  const shop = await shopOf(SHOP_SIZES[data.name]);
  const rows: Row[] = [];
  const contenders: Contender[] = [];
  for (const parted of await partedJobs(data, shop)) {
    const measured = await measure(parted);
    rows.push(...measured.rows);
    contenders.push(...measured.contenders);
  }
  const { defaultJob } = await inTurns({
    defaultJob: () => matrixFactorization(groupedFolder(data, 'plain'), `${data.folder}/models`, { workers: 2 }),
  });
  rows.push(peakRow(defaultJob));
  contenders.push({ name: 'matrix-factorization, plain files, 2 workers', outcome: defaultJob });
  return {
    title: 'Whole jobs against their parts',
    text:
      `A shop’s day of ${shop.actions} actions. matrix-factorization runs on ${data.actions} actions of ` +
      `${data.pairs} pairs, at rank ${FACTORIZATION_SETTINGS.rank}, with ${FACTORIZATION_SETTINGS.iterations} ` +
      'sweeps, exact. A job is its whole process with one worker; its steps are listed with their CPU seconds in ' +
      'the last round. Beside it, each of its parts runs alone: the kernel, as one whole, over parsed input in ' +
      'memory; gunzip and parsing of the job’s input; gzip of its output, if the output is compressed. A kernel ' +
      'is all the arithmetic of the job, and must write the bytes that the job writes. The kernel of grouping ' +
      'repairs ids and puts parts in order. That of similar-items begins with each user’s items side by side, and ' +
      'that of word2vec with items numbered and counted.',
    rows,
    contenders,
  };
}

/** Measures a job and its parts in turns. */
async function measure({ job: name, packings, run, parts }: PartedJob) {
  const steps = new Map<string, string>();
  const jobName = (packing: Packing): string => (packings.length === 1 ? name : `${name}, ${packing} files`);
  const whole = async (packing: Packing): Promise<Measurement> => {
    const measured = await run(packing);
    steps.set(packing, stepsText(measured));
    return measured;
  };
  const outcomes = await inTurns<string>({
    ...Object.fromEntries(packings.map((packing) => [jobName(packing), () => whole(packing)])),
    ...Object.fromEntries(parts.map((part) => [part.name, part.measure])),
  });
  const rows = packings.map((packing): Row => {
    const own = parts.filter((part) => part.packings.includes(packing));
    const charged = own.map((part) => [part.name, outcomes[part.name]!] as const);
    const target = { atMost: OVERHEAD_AT_MOST };
    return {
      what: `${jobName(packing)}: job / parts`,
      ...share(outcomes[jobName(packing)]!, charged),
      target,
    };
  });
  const contenders: Contender[] = [
    ...packings.map((packing) => ({
      name: jobName(packing),
      outcome: outcomes[jobName(packing)]!,
      note: steps.get(packing) ?? '',
    })),
    ...parts.map((part) => ({ name: `– ${part.name}`, outcome: outcomes[part.name]! })),
  ];
  return { rows, contenders };
}

/** Returns the ratio of a job's CPU seconds to the sum of its parts'. */
function share(whole: Outcome, parts: readonly (readonly [string, Outcome])[]): Pick<Row, 'ratio' | 'note'> {
  for (const outcome of [whole, ...parts.map(([, part]) => part)]) {
    if (!isMeasured(outcome)) return { ratio: undefined, note: `not measured: ${outcome.failed}` };
  }
  const measured = parts.map(([name, part]) => [name, (part as Measured).cpuSeconds] as const);
  const above = (whole as Measured).cpuSeconds;
  const sum = measured.reduce((total, [, seconds]) => total + seconds, 0);
  const terms = measured.map(([name, seconds]) => `${name} ${seconds.toFixed(2)}`).join(' + ');
  return { ratio: above / sum, note: `${above.toFixed(2)} s / (${terms}) s` };
}

function peakRow(outcome: Outcome): Row {
  const row = {
    what: 'matrix-factorization, 2 workers: peak, MiB',
    target: { atMost: PEAK_MB_AT_MOST },
    decimals: 0,
  };
  if (!isMeasured(outcome)) return { ...row, ratio: undefined, note: `not measured: ${outcome.failed}` };
  return { ...row, ratio: outcome.peakMemoryMb, note: 'the whole process' };
}
