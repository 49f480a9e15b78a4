/** The table of similarities as a `LiveTable`, for runs and for the commands that change what is live. */
import { type FilledTable, type FilledTableKind, openFilledTable } from '../../shared/live/filled-table.ts';
import { SIMILARITY_TABLE, type SimilarityRow } from './similarity-table.ts';

export const SIMILARITIES: FilledTableKind = {
  table: SIMILARITY_TABLE,
  records: {
    count: 'similarities',
    rowOf: (line): SimilarityRow => {
      const { item1, item2, sim } = JSON.parse(line) as { item1: number; item2: number; sim: number };
      return [item1, item2, sim];
    },
  },
};

/** @throws as `openFilledTable` */
export const openSimilarities = (jdbc: string): Promise<FilledTable> => openFilledTable(SIMILARITIES, jdbc);
