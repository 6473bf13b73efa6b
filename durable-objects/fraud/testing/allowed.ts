import type { Assessed } from '../face.ts';
import { DAY_MS } from '#shared/time/time.ts';

/** What is found of an order nobody suspects. */
export const ALLOWED: Assessed = {
  score: 0,
  outcome: 'allow',
  hits: [],
  counts: [],
  policy: {
    reviewMs: 3 * DAY_MS,
    remindMs: DAY_MS,
    providerReviewDecides: false,
    afterDelivery: 'keep',
  },
};
