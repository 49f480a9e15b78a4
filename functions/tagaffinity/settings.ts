/** The settings that decide which tags a user is drawn to, as the door hands them on. */
import type { TagSettings } from '../../shared/catalogue/tags.ts';

export interface AffinitySettings extends TagSettings {
  readonly minActionsPerUser: number;
  readonly minTagCount: number;
  readonly minPcIncrease: number;
  readonly maxAllowedTags: number;
}
