import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer, number, text } from '../../shared/config/settings.ts';
import type { Run } from '../../shared/job/job.ts';

export const settings = z.object({
  ...commonSettings,
  inputSubFolder: text({ default: 'basketanalysis', meaning: 'job folder that the baskets are read from' }),
  minSupport: number({
    default: 0.005,
    min: 0,
    max: 1,
    meaning: 'share of the baskets that hold an item set, at least',
  }),
  minItemSetFreq: integer({
    default: 1,
    min: 0,
    meaning: 'baskets that hold an item set: strictly more than this; with 0 rules may rest on a single basket',
  }),
  maxItemSetSize: integer({ default: 5, min: 1, meaning: 'items of a rule, antecedent and consequent together' }),
  minConfidence: number({ default: 0.2, min: 0, max: 1, meaning: 'confidence of a rule: strictly greater' }),
  minInterest: number({
    default: 0.1,
    min: -1,
    max: 1,
    meaning: 'confidence less the support of the consequent: strictly greater',
  }),
  minLift: number({ default: 0, min: 0, meaning: 'confidence over the support of the consequent: strictly greater' }),
});

export type RulesSettings = z.output<typeof settings>;

export type RulesRun = Run<RulesSettings>;
