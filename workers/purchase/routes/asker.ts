import type { Actor } from '#shared/auth/access-token.ts';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { may, type Permission } from '#shared/auth/permissions.ts';
import { customerOf } from '#shared/domain/customer.ts';
import type { Asker } from '../usecases/read-order.ts';

/** Who asks, of whom `operator` makes one who may ask about every order. */
export const askerOf = (actor: Actor, operator: Permission): Asker => ({
  userId: actor.userId,
  customerId: customerOf(buyerOf(actor)),
  seesAll: may(actor, operator),
});
export const readerOf = (actor: Actor): Asker => askerOf(actor, 'orders.read_all');
export const operatorOf = (actor: Actor): Asker => askerOf(actor, 'orders.operate');
