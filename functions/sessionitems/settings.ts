/** The settings that decide what a session is, as the door hands them on. */
import type { VisitSettings } from '../../shared/shuffle/visit-settings.ts';

export interface SessionSettings extends VisitSettings {
  readonly maxRejectRatio: number;
  /** Empty: all. */
  readonly allowedTypes: readonly number[];
}
