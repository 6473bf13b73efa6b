import type { Actor } from '#shared/auth/access-token.ts';
import { allows } from '#shared/auth/permissions.ts';
import type { Asker } from '../usecases/read-order.ts';

export const readerOf = (actor: Actor): Asker => ({
  userId: actor.userId,
  seesAll: allows(actor.roles, 'orders.read_all'),
});
export const operatorOf = (actor: Actor): Asker => ({
  userId: actor.userId,
  seesAll: allows(actor.roles, 'orders.operate'),
});
