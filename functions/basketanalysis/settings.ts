/** The settings that decide what a basket is, as the door hands them on. */
import type { VisitSettings } from '../../shared/shuffle/visit-settings.ts';

export interface BasketSettings extends VisitSettings {
  readonly maxRejectRatio: number;
  readonly addToBasketType: number;
  readonly removeFromBasketType: number;
}
