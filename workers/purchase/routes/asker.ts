import type { Actor } from '#shared/auth/access-token.ts';
import { may } from '#shared/auth/permissions.ts';
import type { Asker } from '../usecases/read-order.ts';

export const readerOf = (actor: Actor): Asker => ({
  userId: actor.userId,
  seesAll: may(actor, 'orders.read_all'),
});
export const operatorOf = (actor: Actor): Asker => ({
  userId: actor.userId,
  seesAll: may(actor, 'orders.operate'),
});
