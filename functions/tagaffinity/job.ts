import { affinitySteps } from '../../shared/affinity/steps.ts';
import { withCatalogue } from '../../shared/catalogue/catalogue.ts';
import { tagsReader } from '../../shared/catalogue/tags.ts';
import { dayFolders } from '../../shared/job/inputs.ts';
import { defineJob } from '../../shared/job/job.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import { tagAffinities } from './core-tags.ts';
import { tagLines } from './judge.ts';
import { type AffinitySettings, settings } from './settings.ts';
import { tables } from './tables.ts';

export const tagAffinity = defineJob({
  name: 'tagaffinity',
  version: 5,
  summary: 'Tag affinity: the tags that each user meets more often than users do on the whole.',
  scope: 'client',
  settings,
  writes: 'tagaffinity',
  users: [{ files: /^part-/, form: { field: 'user' } }],
  activates: 'tagaffinity',
  inputs: withCatalogue(dayFolders(ACTIONS, 'group-actions'), tagsReader),
  configure: { memoryMb: 1769, timeoutSeconds: 900 },
  ...affinitySteps<AffinitySettings, string>(tagAffinities, tagLines),
  tables,
});
