/** The verdict on tables of users and the features to which they are drawn. */
import type { Shard, StepObjects } from '../job/shard.ts';
import type { JsonValue } from '../json.ts';
import { countIn, type Judging, type LineReader } from '../verdict/judging.ts';
import { isId, recordIn } from '../verdict/line-readers.ts';
import { SELECTED } from './selection.ts';

/** The form of one job's lines. `L` is the type of a label. */
export interface AffinityLines<C, L> {
  /** The key of the label, beside `user` and `weight`. */
  readonly key: string;
  readonly isLabel: (value: unknown) => value is L;
  /** True for a weight that the settings allow. */
  readonly isWeight: (weight: number, settings: C) => boolean;
  /** True when two consecutive lines of the same user may be in this order. */
  readonly mayFollow: (before: AffinityLine<L>, after: AffinityLine<L>) => boolean;
}

export interface AffinityLine<L> {
  readonly label: L;
  readonly weight: number;
}

/** Reads lines `{"user":…,"<key>":…,"weight":…}`. Users must ascend, and the lines of a user must be consecutive. */
function affinityReader<C, L>(lines: AffinityLines<C, L>, settings: C): LineReader {
  let lastUser = -1;
  let last: AffinityLine<L> | undefined;
  return (line) => {
    const record = recordIn(line, ['user', lines.key, 'weight']);
    if (typeof record === 'string') return record;
    const { user, weight } = record;
    const label = record[lines.key];
    if (!isId(user)) return 'user is no id';
    if (!lines.isLabel(label)) return `${lines.key} is not what the catalogue has`;
    if (typeof weight !== 'number' || !lines.isWeight(weight, settings)) return 'its weight is out of range';
    if (user < lastUser) return `user ${user} comes after user ${lastUser}`;
    const own = { label, weight };
    const isInOrder = user > lastUser || last === undefined || lines.mayFollow(last, own);
    lastUser = user;
    last = own;
    return isInOrder ? undefined : 'it does not come after the line before it';
  };
}

/** @param selecting the step whose objects have the columns `SELECTED` */
export const affinityJudging = <C, L>(
  selecting: StepObjects<Shard, JsonValue>,
  lines: AffinityLines<C, L>,
): Judging<C> => ({
  tables: [
    {
      name: 'users and what they are drawn to',
      isPart: (name) => name === 'part-00000',
      records: (counts) => countIn(counts, 'written'),
      reader: ({ settings }) => affinityReader(lines, settings),
    },
  ],
  sides: { users: 'users' },
  mayBeEmpty: true,
  async *ids(run, side) {
    if (side !== 'users') return;
    for (const file of await run.work.openAll(selecting)) yield (await SELECTED.read(file, 'users')).users;
  },
});
