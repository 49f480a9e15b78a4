import { basketActions, fillBaskets } from '../../../functions/basketanalysis/core-baskets.ts';
import { basketAnalysis } from '../../../functions/basketanalysis/job.ts';
import { visitKernel } from './visits.ts';

export const kernel = visitKernel(basketAnalysis, { actions: basketActions, cut: fillBaskets });
