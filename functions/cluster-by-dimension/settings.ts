/** The settings that decide who belongs to which dimension, as the door hands them on. */
import type { CatalogueSettings } from '../../shared/catalogue/settings.ts';

export interface ClusterSettings extends CatalogueSettings {
  readonly minActionsPerUser: number;
  readonly delta: number;
  readonly minClusterSize: number;
}
