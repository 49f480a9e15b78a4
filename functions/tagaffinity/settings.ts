import * as z from 'zod';
import { catalogueSettings, namesOneCatalogue, ONE_CATALOGUE } from '../../shared/catalogue/settings.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, number, text } from '../../shared/config/settings.ts';
import { excludeSettings } from '../../shared/shuffle/excluded-users.ts';

export const settings = z
  .object({
    ...commonSettings,
    ...excludeSettings,
    ...catalogueSettings,
    tagAttr: text({ meaning: 'name of the attribute that holds an item’s tags in the database; required with jdbc' }),
    tagFilterPath: text({
      default: '',
      mayBeEmpty: true,
      place: true,
      // The bytes follow from the file's content, which the run's snapshot of the catalogue holds.
      decidesBytes: false,
      meaning: 'file of tags, one on each line: only these tags are written; empty: all tags',
    }),
    minActionsPerUser: integer({
      default: 10,
      min: 0,
      meaning:
        'users with fewer actions are left out everywhere; users with fewer actions on items that have tags count in the global shares, but are not written',
    }),
    minTagCount: integer({ default: 4, min: 0, meaning: 'a user must have met a tag more often than this' }),
    minPcIncrease: number({
      default: 0.2,
      min: -1,
      meaning:
        'increase of the user’s share of a tag over the global share, divided by the global share: strictly greater',
    }),
    maxAllowedTags: integer({
      default: 5,
      min: 0,
      meaning: 'users with more tags that pass the other settings are not written',
    }),
  })
  .refine(namesOneCatalogue, ONE_CATALOGUE)
  .refine(({ jdbc, tagAttr }) => jdbc === '' || tagAttr !== undefined, {
    error: 'tagAttr must be given with jdbc: it is the name of the attribute that holds an item’s tags',
  });

/** The settings of a step. A step's run has no secrets, because plans and states may not hold any. */
export type AffinitySettings = Omit<z.output<typeof settings>, 'jdbc'>;

/** The settings that decide which tags of a user are written. */
export type TagRule = Pick<AffinitySettings, 'minActionsPerUser' | 'minTagCount' | 'minPcIncrease' | 'maxAllowedTags'>;
