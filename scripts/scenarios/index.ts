import { buysAndReceives } from './buys-and-receives.ts';
import * as wrong from './goes-wrong.ts';
import * as faults from './lost-and-repeated.ts';
import type { Scenario } from './world.ts';

/** The journey and every way it goes wrong, as run by `npm run demo` and by the system tests. */
export const SCENARIOS: readonly Scenario[] = [
  buysAndReceives,
  ...Object.values(wrong),
  ...Object.values(faults),
];
