import { tagAffinities } from '../../../functions/tagaffinity/core-tags.ts';
import { tagAffinity } from '../../../functions/tagaffinity/job.ts';
import { tagsReader } from '../../../shared/catalogue/tags.ts';
import { affinityKernel } from './affinity.ts';

export const kernel = affinityKernel(tagAffinity, tagAffinities, tagsReader);
