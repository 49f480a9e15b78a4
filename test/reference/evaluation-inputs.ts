/**
 * Inputs that the reference of the evaluation and the job `evaluate` are raced on: a shop with everything at once, and small
 * ones with one difficulty each. `actionLinesOf` and `modelFilesOf` write them in the form of published files.
 */
import { uniform } from '../../shared/example/actions.ts';
import type { PlainAction, PlainCandidate, PlainEvaluation } from './evaluation.ts';
import type { PlainModel, PlainRule, Vectors } from './evaluation-models.ts';

/** The last test day: 2011-12-09. */
export const DAY = 15_317;
const MS_PER_DAY = 86_400_000;

const BUY = 1;
const VIEW = 2;
const HIDE = 3;
/** A type that no weighting lists. */
const OTHER = 9;

const WEIGHTINGS = [
  { actionType: BUY, valuePerAction: 0 },
  { actionType: BUY, valuePerAction: 1 },
  { actionType: VIEW, valuePerAction: 0 },
  { actionType: HIDE, valuePerAction: -1 },
];

const EMPTY: PlainEvaluation = {
  client: 'shop',
  day: DAY,
  days: 5,
  testDays: 1,
  cutoff: 20,
  testUsers: 20_000,
  seed: 1,
  actionWeightings: WEIGHTINGS,
  actions: new Map(),
  candidates: [],
};

/** An action in the middle of a day, at `minute` minutes after noon. */
function act(day: number, user: number, item: number, type: number = BUY, minute = 0): [number, PlainAction] {
  return [day, { user, item, type, timeMs: day * MS_PER_DAY + MS_PER_DAY / 2 + minute * 60_000 }];
}

function byDay(actions: readonly (readonly [number, PlainAction])[]): Map<number, PlainAction[]> {
  const days = new Map<number, PlainAction[]>();
  for (const [day, action] of actions) days.set(day, [...(days.get(day) ?? []), action]);
  return days;
}

const candidate = (job: string, model: PlainModel, name = job, clientsOwn?: string): PlainCandidate => {
  const plain = { name, job, run: '0123456789abcdef', settings: {}, model };
  return clientsOwn === undefined ? plain : { ...plain, clientsOwn };
};

const fiveDigits = (value: number): number => Number(value.toPrecision(5));

const randomVectors = (ids: readonly number[], size: number, random: () => number): Vectors =>
  new Map(ids.map((id) => [id, Array.from({ length: size }, () => fiveDigits(2 * random() - 1))]));

const EVERYTHING_USERS = Array.from({ length: 160 }, (_, at) => (at % 2 === 0 ? at + 1 : 2 ** 53 - 1 - at * 2 ** 33));
const EVERYTHING_ITEMS = Array.from({ length: 90 }, (_, at) => (at % 3 === 0 ? 2 ** 33 + at : at + 1));

/** A shop with 160 users, 90 items, ids beyond 32 bits, all types of actions and models that know some of the ids. */
function everything(): PlainEvaluation {
  const random = uniform(7);
  const pick = (ids: readonly number[]): number => ids[Math.floor(ids.length * random() ** 1.5)]!;
  const actions: [number, PlainAction][] = [];
  for (let count = 0; count < 2600; count++) {
    const day = random() < 0.2 ? DAY : DAY - 1 - Math.floor(12 * random());
    // The last ten items are new on the test day.
    const items = day === DAY ? EVERYTHING_ITEMS : EVERYTHING_ITEMS.slice(0, 80);
    const type = [BUY, BUY, BUY, VIEW, HIDE, OTHER][Math.floor(6 * random())]!;
    actions.push(act(day, pick(EVERYTHING_USERS), pick(items), type, Math.floor(720 * random())));
  }
  // A heavy user; one who met all items; one whose first day is the test day; and everything twice for one user.
  const [heavy, all, fresh, twice] = [1001, 1002, 1003, 1004];
  for (const item of EVERYTHING_ITEMS.slice(0, 60)) actions.push(act(DAY - 3, heavy, item, VIEW));
  for (const item of EVERYTHING_ITEMS.slice(0, 80)) actions.push(act(DAY - 2, all, item));
  for (const item of EVERYTHING_ITEMS.slice(40, 80)) actions.push(act(DAY, heavy, item), act(DAY, all, item));
  for (const item of EVERYTHING_ITEMS.slice(0, 3)) actions.push(act(DAY, fresh, item));
  for (const item of EVERYTHING_ITEMS.slice(5, 9)) {
    for (const day of [DAY - 1, DAY - 1, DAY]) actions.push(act(day, twice, item), act(day, twice, item));
  }
  actions.push(act(DAY, twice, EVERYTHING_ITEMS[20]!), act(DAY, twice, EVERYTHING_ITEMS[20]!));
  const [users, items] = [EVERYTHING_USERS.slice(10), EVERYTHING_ITEMS.slice(0, 85)];
  const pairs = items.flatMap((item, at): [number, number, number][] =>
    items
      .slice(at + 1, at + 6)
      .map((other) => [Math.min(item, other), Math.max(item, other), fiveDigits(random() + 0.001)]),
  );
  const rules = Array.from({ length: 120 }, (): PlainRule => {
    const itemset = [...new Set([pick(items), pick(items)])].sort((a, b) => a - b);
    return { itemset, item: pick(items), confidence: fiveDigits(random()), lift: fiveDigits(3 * random()) };
  });
  return {
    ...EMPTY,
    days: 12,
    actions: byDay(actions),
    candidates: [
      candidate('fpgrowth', { kind: 'rules', rules }),
      candidate('matrix-factorization', {
        kind: 'factors',
        users: randomVectors([...users, 1001, 1002], 6, random),
        items: randomVectors(items, 6, random),
      }),
      candidate(
        'matrix-factorization',
        { kind: 'factors', users: randomVectors(users, 4, random), items: randomVectors(items, 4, random) },
        'rank-4',
        'matrix-factorization',
      ),
      candidate('similar-items', { kind: 'similarities', pairs }),
      candidate('word2vec', { kind: 'vectors', items: randomVectors(items.slice(0, 70), 5, random) }),
    ],
  };
}

/** Ten items 1 … 10, which user 1 made known, and users who buy more of them on the test day. */
const TEN = Array.from({ length: 10 }, (_, at) => at + 1);
const KNOWN = TEN.map((item) => act(DAY - 2, 1, item));

/** Each item has the same vector, so the order of ids decides. */
const SAME: PlainModel = {
  kind: 'factors',
  users: new Map([2, 3, 4].map((user) => [user, [0.5, 0.25]])),
  items: new Map(TEN.map((item) => [item, [1, 2]])),
};

const SMALL: readonly (readonly [string, Partial<PlainEvaluation>])[] = [
  [
    'ties: the smaller id comes first, and the same number of users makes items equally popular',
    {
      actions: byDay([...KNOWN, act(DAY, 2, 7), act(DAY, 3, 2), act(DAY, 4, 10)]),
      cutoff: 5,
      candidates: [
        candidate('matrix-factorization', SAME),
        candidate('word2vec', { kind: 'vectors', items: new Map(TEN.map((item) => [item, [3, 4]])) }),
      ],
    },
  ],
  [
    'one test user, for whom a scorer has no vector, and a scorer that serves nobody',
    {
      actions: byDay([...KNOWN, act(DAY, 5, 3), act(DAY, 5, 4)]),
      candidates: [
        candidate('matrix-factorization', SAME),
        candidate('fpgrowth', { kind: 'rules', rules: [] }),
        candidate('word2vec', { kind: 'vectors', items: new Map([[99, [1, 0]]]) }),
      ],
    },
  ],
  [
    'no test user: what was bought is new today, was met before, or is not positive',
    {
      actions: byDay([...KNOWN, act(DAY, 1, 3), act(DAY, 2, 77), act(DAY, 3, 4, VIEW), act(DAY, 4, 5, HIDE)]),
      candidates: [candidate('matrix-factorization', SAME)],
    },
  ],
  [
    'an action without value makes an item known and met, but neither popular nor a test',
    {
      actions: byDay([
        act(DAY - 3, 1, 1, OTHER),
        act(DAY - 3, 1, 2, VIEW),
        act(DAY - 3, 1, 3, HIDE),
        act(DAY - 3, 2, 4),
        act(DAY - 1, 2, 4),
        act(DAY - 1, 3, 4),
        act(DAY, 1, 4),
        act(DAY, 2, 1),
        act(DAY, 2, 2),
        act(DAY, 3, 2),
        act(DAY, 1, 1),
        act(DAY, 1, 2, OTHER),
      ]),
      candidates: [
        candidate('similar-items', {
          kind: 'similarities',
          pairs: [
            [1, 4, 0.5],
            [2, 4, 0.5],
          ],
        }),
      ],
    },
  ],
  [
    'lists that are shorter than the cutoff, and more test items than the cutoff',
    {
      actions: byDay([...KNOWN, ...TEN.map((item) => act(DAY, 2, item)), act(DAY - 1, 3, 1), act(DAY, 3, 2)]),
      cutoff: 4,
      candidates: [
        candidate('similar-items', {
          kind: 'similarities',
          pairs: [
            [1, 2, 1],
            [1, 3, 2],
          ],
        }),
        candidate('matrix-factorization', SAME),
      ],
    },
  ],
  [
    'vectors of length zero, opposite vectors and negative cosines',
    {
      actions: byDay([
        ...KNOWN,
        act(DAY - 1, 2, 1),
        act(DAY - 1, 2, 2),
        act(DAY - 1, 3, 1),
        act(DAY - 1, 4, 3),
        ...[2, 3, 4].flatMap((user) => [act(DAY, user, 5), act(DAY, user, 6)]),
      ]),
      candidates: [
        candidate('word2vec', {
          kind: 'vectors',
          items: new Map([
            [1, [1, 0]],
            [2, [-1, 0]],
            [3, [0, 0]],
            [5, [-2, 1]],
            [6, [-1, -1]],
          ]),
        }),
      ],
    },
  ],
  [
    'the last 10 items decide, by the time of the last action on them, then by id',
    {
      actions: byDay([
        ...Array.from({ length: 14 }, (_, at) => act(DAY - 1, 2, 20 + at, BUY, at === 0 ? 500 : Math.floor(at / 3))),
        act(DAY - 1, 2, 21, VIEW, 400),
        ...KNOWN,
        act(DAY, 2, 4),
      ]),
      candidates: [
        candidate('word2vec', {
          kind: 'vectors',
          items: randomVectors([...TEN, ...Array.from({ length: 13 }, (_, at) => 20 + at)], 3, uniform(3)),
        }),
      ],
    },
  ],
  [
    'several test days, times outside of the day of the folder, and the smallest hashes of more users than are wanted',
    {
      days: 2,
      testDays: 2,
      testUsers: 5,
      seed: 2 ** 40 + 3,
      actions: byDay([
        ...TEN.map((item) => act(DAY - 3, 1, item)),
        ...TEN.map((item): [number, PlainAction] => [DAY - 2, { ...act(DAY + 3, 1, item)[1] }]),
        act(DAY - 4, 2, 50),
        act(DAY, 2, 50),
        ...Array.from({ length: 9 }, (_, at) => act(DAY - (at % 2), 10 + at, 1 + at)),
        act(DAY - 1, 10, 1),
        act(DAY, 10, 1),
      ]),
      candidates: [candidate('matrix-factorization', SAME)],
    },
  ],
  [
    'users with too many actions are left out of everything',
    {
      excludeUsersAbove: 4,
      actions: byDay([
        ...TEN.slice(0, 4).map((item) => act(DAY - 2, 1, item)),
        ...TEN.slice(5).map((item) => act(DAY - 2, 8, item)),
        act(DAY, 8, 1),
        act(DAY - 1, 9, 1),
        ...[2, 3, 4].map((item) => act(DAY, 9, item)),
        ...[2, 3, 4, 6].map((item) => act(DAY, 10, item)),
      ]),
      candidates: [candidate('matrix-factorization', SAME)],
    },
  ],
  [
    'a single known item',
    {
      actions: byDay([act(DAY - 1, 1, 5), act(DAY, 2, 5), act(DAY, 3, 5), act(DAY, 3, 6)]),
      candidates: [candidate('matrix-factorization', SAME)],
    },
  ],
  ['no training day', { actions: byDay([act(DAY, 1, 5)]), candidates: [candidate('matrix-factorization', SAME)] }],
  ['no model', { actions: byDay([...KNOWN, act(DAY, 2, 3)]) }],
];

export const ADVERSARIAL: readonly (readonly [name: string, evaluation: PlainEvaluation])[] = [
  ['everything at once', everything()],
  ...SMALL.map(([name, part]) => [name, { ...EMPTY, ...part }] as const),
];

/** Returns the lines of a day's folder of actions, in the order of the grouping: by user, then by time. */
export function actionLinesOf(actions: readonly PlainAction[], client: string): string[] {
  return actions
    .toSorted((a, b) => a.user - b.user || a.timeMs - b.timeMs || a.item - b.item || a.type - b.type)
    .map(({ user, item, type, timeMs }) =>
      JSON.stringify({
        timestamp_utc: new Date(timeMs).toISOString(),
        client,
        client_userid: `u${user}`,
        userid: user,
        itemid: item,
        client_itemid: `i${item}`,
        rectag: 'default',
        type,
        value: 1,
      }),
    );
}

/** Returns file name → content of a model as its job publishes it, and the settings that a reader of the files needs. */
export function modelFilesOf(model: PlainModel): {
  readonly files: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, number>>;
} {
  if (model.kind === 'factors') {
    const lines = (vectors: Vectors): string => text(inOrder(vectors), ([id, vector]) => `${id}|${vector.join(',')}`);
    return {
      files: { 'userFeatures.txt': lines(model.users), 'productFeatures.txt': lines(model.items) },
      settings: { rank: sizeOf(model.items) },
    };
  }
  if (model.kind === 'vectors') {
    const header = `-vectortype REAL -dimension ${sizeOf(model.items)}\n`;
    const lines = text(inOrder(model.items), ([id, vector]) => `${id}|${vector.join('|')}`);
    return { files: { 'docvectors.txt': header + lines }, settings: { vectorSize: sizeOf(model.items) } };
  }
  if (model.kind === 'similarities') {
    const pairs = model.pairs.toSorted(([a, b, sim], [c, d, other]) => a - c || other - sim || b - d);
    const line = ([item1, item2, sim]: readonly [number, number, number]) => JSON.stringify({ item1, item2, sim });
    return { files: { 'part-00000': text(pairs, line) }, settings: {} };
  }
  const line = (rule: PlainRule) => JSON.stringify({ ...rule, interest: rule.confidence / 2 });
  return { files: { 'part-00000': text(model.rules, line) }, settings: {} };
}

const text = <T>(rows: readonly T[], line: (row: T) => string): string => rows.map((row) => `${line(row)}\n`).join('');
const inOrder = (vectors: Vectors) => [...vectors].sort(([a], [b]) => a - b);
const sizeOf = (vectors: Vectors): number => [...vectors.values()][0]?.length ?? 0;
