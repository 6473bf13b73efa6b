import type { Actor } from '#shared/auth/access-token.ts';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { may, type Permission } from '#shared/auth/permissions.ts';
import { customerOf } from '#shared/domain/customer.ts';
import type { Asker } from '../usecases/lifecycle/ask.ts';

/** Who asks about the life of an instance: its owner, or staff with `all`. */
export const askerOf = (actor: Actor, { own, all }: { own: Permission; all: Permission }): Asker => ({
  userId: actor.userId,
  // Staff without a right over what is theirs own nothing here.
  customerId: may(actor, own) ? customerOf(buyerOf(actor)) : '',
  readsAll: may(actor, all),
  operates: may(actor, all),
});
