import { copiedObjects, NAMES_A_PAGE } from '#objects/lib/copied-objects.ts';
import type { Source } from '#shared/backup/sources.ts';
import type { Env } from './env.ts';
import { giftCardsAfter } from './queries/gift-cards-after.ts';

/** What this worker keeps. */
export const sources = (env: Env): Source[] => [
  { kind: 'database', name: 'PAYMENTS_DB', database: env.PAYMENTS_DB, seeded: [] },
  copiedObjects({
    name: 'gift_cards',
    namespace: env.GIFT_CARD,
    async names(after) {
      const names = await giftCardsAfter(env.PAYMENTS_DB, after ?? '', NAMES_A_PAGE);
      return { names, next: names.length < NAMES_A_PAGE ? null : (names.at(-1) ?? null) };
    },
  }),
];
