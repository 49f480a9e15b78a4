import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, number, text } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';
import { qualitySettings } from '../../shared/verdict/quality-settings.ts';

export const settings = z.object({
  ...commonSettings,
  ...qualitySettings,
  inputSubFolder: text({ default: 'basketanalysis', meaning: 'job folder from which the baskets are read' }),
  minSupport: number({
    default: 0.005,
    min: 0,
    max: 1,
    meaning: 'least share of the baskets that hold a frequent item set',
  }),
  minItemSetFreq: integer({
    default: 1,
    min: 0,
    meaning:
      'number of baskets that hold a frequent item set: strictly greater than this; with 0 a rule may come from a single basket',
  }),
  maxItemSetSize: integer({
    default: 5,
    min: 1,
    meaning: 'most items of a rule, antecedent and consequent together',
  }),
  minConfidence: number({
    default: 0.2,
    min: 0,
    max: 1,
    meaning: 'confidence of a rule: strictly greater than this',
  }),
  minInterest: number({
    default: 0.1,
    min: -1,
    max: 1,
    meaning: 'confidence minus the support of the consequent: strictly greater than this',
  }),
  minLift: number({
    default: 0,
    min: 0,
    meaning: 'confidence divided by the support of the consequent: strictly greater than this',
  }),
});

export type RulesSettings = z.output<typeof settings>;

export type RulesRun = Run<RulesSettings>;
