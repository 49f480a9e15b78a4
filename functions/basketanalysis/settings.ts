import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integer } from '../../shared/config/settings.ts';
import { visitSettings } from '../../shared/shuffle/visit-settings.ts';

export const settings = z
  .object({
    ...commonSettings,
    ...visitSettings,
    addToBasketType: integer({ default: 1, meaning: 'action type that puts an item into the basket' }),
    removeFromBasketType: integer({
      default: 2,
      aliases: ['removefromBasketType'],
      meaning: 'action type that takes an item out of the basket',
    }),
  })
  .refine(({ addToBasketType, removeFromBasketType }) => addToBasketType !== removeFromBasketType, {
    error: 'addToBasketType and removeFromBasketType are the same: an action cannot do both. Give them different types',
  });

export type BasketSettings = z.output<typeof settings>;
