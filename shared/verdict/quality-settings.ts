/** The setting of the check `quality`. The jobs whose models are evaluated have it. */
import { choice } from '../config/settings.ts';
import { QUALITY_GATES, type QualityGate } from './verdict.ts';

/** Spread into a job's `z.object({ ...commonSettings, ...qualitySettings, … })`. */
export const qualitySettings = {
  gateQuality: choice(QUALITY_GATES, {
    default: 'warn',
    decidesBytes: false,
    meaning:
      'effect of a drop of the recall that the daily evaluation measures: warn: a warning; block: the model is not published if activate is true; off: it is not looked at',
  }),
};

/** Returns the setting in the settings of a run; undefined for a job whose models are not evaluated. */
export const qualityGateOf = (settings: object): QualityGate | undefined =>
  'gateQuality' in settings ? QUALITY_GATES.find((gate) => gate === settings.gateQuality) : undefined;
