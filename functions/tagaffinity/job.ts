import * as z from 'zod';
import { affinitySteps } from '../../shared/affinity/steps.ts';
import { withCatalogue } from '../../shared/catalogue/catalogue.ts';
import { catalogueSettings, namesOneCatalogue, ONE_CATALOGUE } from '../../shared/catalogue/settings.ts';
import { tagsReader } from '../../shared/catalogue/tags.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, number as numeric, text } from '../../shared/config/settings.ts';
import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { tagAffinities } from './core-tags.ts';
import { tagLines } from './judge.ts';

export const tagAffinity = defineJob({
  name: 'tagaffinity',
  version: 5,
  summary: 'Tag affinity: the tags that each user meets more often than users do on the whole.',
  scope: 'client',
  settings: z
    .object({
      ...commonSettings,
      ...catalogueSettings,
      tagAttr: text({ meaning: 'name of the attribute that holds an item’s tags in the database; required with jdbc' }),
      tagFilterPath: text({
        default: '',
        mayBeEmpty: true,
        place: true,
        // What it holds decides the bytes: the run's snapshot of the catalogue holds that.
        decidesBytes: false,
        meaning: 'file of tags, one a line: only these are written; empty: all',
      }),
      minActionsPerUser: integer({
        default: 10,
        min: 0,
        meaning:
          'users with fewer actions do not count; those with fewer actions on items that have tags count in the global shares, and are not written',
      }),
      minTagCount: integer({ default: 4, min: 0, meaning: 'a user must have met a tag more often than this' }),
      minPcIncrease: numeric({
        default: 0.2,
        min: -1,
        meaning: 'how much larger than the global share, as a share of it, the user’s share of a tag must be',
      }),
      maxAllowedTags: integer({ default: 5, min: 0, meaning: 'users drawn to more tags than this are not written' }),
    })
    .refine(namesOneCatalogue, ONE_CATALOGUE)
    .refine(({ jdbc, tagAttr }) => jdbc === '' || tagAttr !== undefined, {
      error: 'tagAttr must be given with jdbc: the name of the attribute that holds an item’s tags',
    }),
  writes: 'tagaffinity',
  activates: 'tagaffinity',
  inputs: withCatalogue(dayFolders('actions', 'group-actions'), tagsReader),
  configure: { memoryMb: 1769, timeoutSeconds: 900 },
  ...affinitySteps(tagAffinities, tagLines),
});
