/** The names of the output's files, and the form of those with vectors. */
import type { VectorFile } from '../../shared/evaluation/each-vector.ts';
import type { PublishedModel } from '../../shared/evaluation/published-model.ts';
import type { Side } from '../../shared/verdict/judging.ts';

/** The name of each side's file; the gzip of a file has the same name with `.gz` behind it. */
export const FILE_NAMES: Readonly<Record<Side, string>> = {
  users: 'userFeatures.txt',
  items: 'productFeatures.txt',
};

export const gzipName = (name: string): string => `${name}.gz`;

/** Returns the form of a side's file in a published model. */
export const vectorFile = ({ manifest }: Pick<PublishedModel, 'manifest'>, side: Side): VectorFile => ({
  name: FILE_NAMES[side],
  size: Number(manifest.settings.rank),
  separator: ',',
});
