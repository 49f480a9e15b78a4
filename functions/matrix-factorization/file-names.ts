/** The names of the output's files. */
import type { Side } from '../../shared/verdict/judging.ts';

/** The name of each side's file; the gzip of a file has the same name with `.gz` behind it. */
export const FILE_NAMES: Readonly<Record<Side, string>> = {
  users: 'userFeatures.txt',
  items: 'productFeatures.txt',
};

export const gzipName = (name: string): string => `${name}.gz`;
