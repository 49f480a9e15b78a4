/** The settings that decide who belongs to which dimension, as the door hands them on. */
import type { DimensionSettings } from '../../shared/catalogue/dimensions.ts';

export interface ClusterSettings extends DimensionSettings {
  readonly minActionsPerUser: number;
  readonly delta: number;
  readonly minClusterSize: number;
}
