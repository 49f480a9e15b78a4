/** The settings of a job that reads a catalogue of items from a database or from a file. */
import { text } from '../config/settings.ts';
import { jdbcSetting } from '../mysql/jdbc-setting.ts';

/** Spread into a job's `z.object({ ...commonSettings, ...catalogueSettings, … })`. */
export const catalogueSettings = {
  jdbc: jdbcSetting('database that holds the items and their attributes'),
  itemsPath: text({
    default: '',
    mayBeEmpty: true,
    place: true,
    // The bytes follow from the content, and the run's identity includes the snapshot of the content.
    decidesBytes: false,
    meaning: 'in place of a database: a file of items, one JSON object a line, or a folder of such files; empty: none',
  }),
};

export interface CatalogueSettings {
  readonly jdbc: string;
  readonly itemsPath: string;
  readonly maxRejectRatio: number;
}

/** The rule that exactly one of the two settings is given, for zod's `refine`. */
export const namesOneCatalogue = ({ jdbc, itemsPath }: Pick<CatalogueSettings, 'jdbc' | 'itemsPath'>): boolean =>
  (jdbc === '') !== (itemsPath === '');

export const ONE_CATALOGUE = {
  error: 'give either jdbc or itemsPath: the items come from a database or from a file, and not from both',
};
