import type { Actor } from '#shared/auth/access-token.ts';
import { may, type Permission } from '#shared/auth/permissions.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import { Problem } from '#shared/http/problems.ts';

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
