import * as z from 'zod';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { integerList } from '../../shared/config/settings.ts';
import { visitSettings } from '../../shared/shuffle/visit-settings.ts';

export const settings = z.object({
  ...commonSettings,
  ...visitSettings,
  allowedTypes: integerList({ default: [], meaning: 'action types that count; empty: all' }),
});

export type SessionSettings = z.output<typeof settings>;
