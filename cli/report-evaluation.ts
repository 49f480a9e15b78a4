/** The report of `offline evaluate`: how good each model is, and whether a difference is more than chance. */
import type { MetricsDocument, ScorerMetrics } from '../shared/evaluation/metrics-document.ts';
import { BASELINES } from '../shared/evaluation/resample-sums.ts';
import { count, dayInWords, inPercent } from '../shared/in-words.ts';
import { parseLocation } from '../shared/store/location.ts';
import { fields, paragraph, table } from './table.ts';
import { outputWidth } from './terminal.ts';

/** Below this number of test users there are no intervals. */
const FEWEST_USERS = 50;
const DIGITS = 4;
/** The report is no wider, even on a wide terminal. */
const WIDTH = 80;

const reportWidth = (): number => Math.min(WIDTH, outputWidth());

type Estimate = ScorerMetrics['recall'];

/** Returns the report, at most 80 characters wide. */
export function evaluationReport(metrics: MetricsDocument): string {
  const { client, train, test, users, leftOut, scorers, reason } = metrics;
  const about = fields(
    [
      ['trained on', `${dayInWords(train.from)} to ${dayInWords(train.to)}`],
      ['tested on', `${dayInWords(test.from)} to ${dayInWords(test.to)}`],
      ['users', `${count(users)} who chose items that they had not met before`],
      ['left out', `${inPercent(leftOut.repeat)} of the choices on these days: items met before`],
      ['', `${inPercent(leftOut.unknownItem)}: items that nobody met before`],
    ],
    { width: reportWidth(), indent: 2 },
  );
  const head = `Evaluation of ${client}\n${about}`;
  if (scorers.length === 0)
    return `${head}\n\n${paragraph(`Nothing can be compared: ${reason}`, { width: reportWidth() })}\n`;
  return `${[head, levels(metrics), differences(metrics), sentences(metrics).join('\n')].join('\n\n')}\n`;
}

/**
 * Returns the table of the measures. `users` are those for whom the scorer has a list. The other measures are over all test
 * users, but for `served`.
 */
function levels({ users, cutoff, scorers }: MetricsDocument): string {
  const usersServed = count(scorers[0]!.served.users);
  const rows = table(
    [
      ['scorer', 'users', `recall@${cutoff}`, '95 % interval', `ndcg@${cutoff}`, 'served'],
      ...scorers.map(({ name, leftOut, recall, ndcg, served }) => [
        name,
        count(Math.round(users * (1 - (leftOut.noVector ?? 0)))),
        decimal(recall.mean),
        interval(recall, decimal),
        decimal(ndcg.mean),
        decimal(served.recall.mean),
      ]),
    ],
    [1, 2, 4, 5],
  );
  const note = `A user without a list counts 0. served: recall@${cutoff} of the ${usersServed} users for whom every scorer has a list.`;
  return `${rows}\n${paragraph(note, { width: reportWidth() })}`;
}

/** Returns the table of the paired differences: one line for each model and each scorer that it is compared with. */
function differences({ cutoff, scorers }: MetricsDocument): string {
  const rows = table(
    [
      ['scorer', 'against', 'mean', '95 % interval', ''],
      ...modelsOf(scorers).flatMap(({ name, against }) =>
        othersOf(against).map((other) => {
          const { recall } = against[other]!;
          return [name, other, signed(recall.mean), interval(recall, signed), wordOf(recall)];
        }),
      ),
    ],
    [],
    { isGrouped: true },
  );
  return `Differences in recall@${cutoff}, user by user:\n${rows}`;
}

const isBaseline = (name: string): boolean => BASELINES.some((baseline) => baseline === name);
const modelsOf = (scorers: readonly ScorerMetrics[]): ScorerMetrics[] =>
  scorers.filter(({ name }) => !isBaseline(name));

/** Returns the baselines, and then the client's settings. */
const othersOf = (against: ScorerMetrics['against']): string[] =>
  Object.keys(against).sort((a, b) => Number(isBaseline(b)) - Number(isBaseline(a)) || (a < b ? -1 : 1));

const decimal = (value: number | null): string => (value === null ? '-' : value.toFixed(DIGITS));
const signed = (value: number | null): string =>
  value === null ? '-' : `${value < 0 ? '' : '+'}${value.toFixed(DIGITS)}`;

const interval = ({ low, high }: Estimate, inWords: (value: number) => string): string =>
  low === null || high === null ? 'none' : `${inWords(low)} to ${inWords(high)}`;

type Reading = 'better' | 'worse' | 'chance' | 'unknown';

/** Returns what the interval of a difference says. */
function readingOf({ low, high }: Estimate): Reading {
  if (low === null || high === null) return 'unknown';
  return low > 0 ? 'better' : high < 0 ? 'worse' : 'chance';
}

const wordOf = (difference: Estimate): string =>
  ({ better: 'better', worse: 'worse', chance: 'chance', unknown: '' })[readingOf(difference)];

/**
 * Returns a sentence for each variant, about its difference to the client's settings. Without variants there is one for each
 * model, about its difference to popularity.
 */
function sentences({ scorers, users }: MetricsDocument): string[] {
  const compared = modelsOf(scorers).flatMap(({ name, against }) => {
    const other = othersOf(against).at(-1);
    return other === undefined ? [] : [{ name, other, recall: against[other]!.recall }];
  });
  const variants = compared.filter(({ other }) => !isBaseline(other));
  const chosen =
    variants.length > 0
      ? variants
      : modelsOf(scorers).flatMap(({ name, against: { popularity } }) =>
          popularity === undefined ? [] : [{ name, other: 'popularity', recall: popularity.recall }],
        );
  return chosen.map(({ name, other, recall }) =>
    paragraph(sentence(name, other, recall, users), { width: reportWidth() }),
  );
}

function sentence(name: string, other: string, recall: Estimate, users: number): string {
  switch (readingOf(recall)) {
    case 'better':
      return `${name} finds more than ${other}, beyond chance.`;
    case 'worse':
      return `${name} finds less than ${other}, beyond chance.`;
    case 'chance':
      return `${name} and ${other} may differ by chance alone.`;
    case 'unknown':
      return `${name} and ${other}:\n${count(users)} users are too few to say if they differ: ${FEWEST_USERS} are needed.`;
  }
}

/** Says where the models of an evaluation lie, and how to remove them. @param root their location */
export function whereItLies(root: string): string {
  const { scheme } = parseLocation(root);
  const quoted = /^[\w./:@%+=,-]+$/.test(root) ? root : `'${root.replaceAll("'", `'\\''`)}'`;
  const command = scheme === 's3' ? `aws s3 rm --recursive ${quoted}` : `rm -r ${quoted}`;
  const kept = 'Its models are kept for the next call, and no server reads them. To remove them:';
  return `${paragraph(kept, { width: reportWidth() })}\n  ${command}\n`;
}
