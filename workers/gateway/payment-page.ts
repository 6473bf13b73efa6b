import type { Order } from '#shared/contracts/http/orders.ts';
import type { Env } from './env.ts';
import { safeLink } from './return-to.ts';

/**
 * Address of the provider's page for one payment: `template` with `{payment}`, `{clientSecret}` and `{returnUrl}` filled
 * in, each percent-encoded. Null when this deployment has no hosted page.
 */
export function paymentPageUrl(
  template: string,
  values: { payment: string; clientSecret: string; returnUrl: string },
): string | null {
  if (template === '') return null;
  return template.replaceAll(/\{(payment|clientSecret|returnUrl)\}/g, (_, name: keyof typeof values) =>
    encodeURIComponent(values[name]),
  );
}

/** The provider's page for the payment of an order; null where there is none. */
export function hostedPaymentPage(
  env: Pick<Env, 'PAYMENT_PAGE_URL' | 'PUBLIC_ORIGIN'>,
  { id, payment }: Pick<Order, 'id' | 'payment'>,
): string | null {
  if (payment === null) return null;
  const url = paymentPageUrl(env.PAYMENT_PAGE_URL, {
    payment: payment.paymentId,
    clientSecret: payment.clientSecret,
    returnUrl: `${env.PUBLIC_ORIGIN}/orders/${id}`,
  });
  return url === null ? null : safeLink(url);
}
