import type { Actor } from '#shared/auth/access-token.ts';
import { may, type Permission } from '#shared/auth/permissions.ts';
import type { Context } from 'hono';
import type { NamedCardInput } from '#objects/order/face.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { AppEnv } from '#shared/http/app.ts';
import { Problem } from '#shared/http/problems.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { findGiftCards } from '../usecases/find-gift-cards.ts';
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

/** The gift cards of the codes a person gave. Throws 403, 422 where one is none, and 429 where too many were none. */
export async function giftCardsOf(
  c: Context<AppEnv<Env>>,
  codes: readonly { code: string }[],
): Promise<NamedCardInput[]> {
  if (codes.length === 0) return [];
  const actor = c.get('actor');
  if (!may(actor, SPENDING))
    throw new Problem({ slug: 'forbidden', detail: `Needs the permission ${SPENDING} for giftCards.` });
  const found = await findGiftCards(
    ports(c.env),
    { requestId: c.get('requestId') },
    { codes: codes.map(({ code }) => code), buyer: actor.userId, network: clientNetwork(c) },
  );
  if (!found.ok) throw toProblem(found.error);
  return found.value;
}
