import type { Buyer } from '#shared/domain/customer.ts';
import type { Actor } from './access-token.ts';

/** Who buys with this token. */
export const buyerOf = ({ userId, organisation }: Pick<Actor, 'userId' | 'organisation'>): Buyer => ({
  personId: userId,
  organisationId: organisation?.id ?? null,
});
