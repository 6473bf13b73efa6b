import type { Actor } from '#shared/auth/access-token.ts';
import { may, type Permission } from '#shared/auth/permissions.ts';
import type { Context } from 'hono';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { AppEnv } from '#shared/http/app.ts';
import { Problem } from '#shared/http/problems.ts';
import type { Env } from '../env.ts';
import type { NamedCodes } from '../usecases/find-gift-cards.ts';
import { clientNetwork } from './origin.ts';

const KEPT: Permission = 'payment_methods.own';

/**
 * What a person keeps to pay with is used and added to by whoever may see it: not by a key of an organisation, behind which
 * its maker stands, nor by an application that was let do nothing but order. Throws 403.
 */
export function demandOwnMethods(
  actor: Actor,
  { paymentMethodId, savePaymentMethod = false }: Pick<PlaceOrder, 'paymentMethodId' | 'savePaymentMethod'>,
): void {
  if ((paymentMethodId === undefined && !savePaymentMethod) || may(actor, KEPT)) return;
  throw new Problem({
    slug: 'forbidden',
    detail: `Needs the permission ${KEPT} for paymentMethodId and savePaymentMethod.`,
  });
}

const SPENDING: Permission = 'gift_cards.use';

/** The codes of gift cards a person gave, and who gave them. Throws 403. */
export function namedCodesOf(c: Context<AppEnv<Env>>, codes: readonly { code: string }[]): NamedCodes {
  const actor = c.get('actor');
  if (codes.length > 0 && !may(actor, SPENDING))
    throw new Problem({ slug: 'forbidden', detail: `Needs the permission ${SPENDING} for giftCards.` });
  return { codes: codes.map(({ code }) => code), buyer: actor.userId, network: clientNetwork(c) };
}
