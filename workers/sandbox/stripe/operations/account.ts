import type { Stripe } from 'stripe';
import { COUNTRY, METHOD_CONFIGURATION, webhookEndpoint } from '../documents/account.ts';
import { noSuch } from '../errors.ts';
import type { OperationContext } from './context.ts';
import type { ListDocument } from './lists.ts';

/** What the account is set to: one webhook endpoint, one configuration of payment methods. */

const listOfOne = (url: string, one: { id: string }): ListDocument => ({
  object: 'list',
  url,
  has_more: false,
  data: [one],
});
function only<Thing extends { id: string }>(thing: Thing, id: string, kind: string): Thing {
  if (thing.id !== id) throw noSuch(kind, id, kind);
  return thing;
}

export const listEndpoints = (context: OperationContext): ListDocument =>
  listOfOne('/v1/webhook_endpoints', webhookEndpoint(context.shopOrigin));
export const retrieveEndpoint = (context: OperationContext, id: string): Stripe.WebhookEndpoint =>
  only(webhookEndpoint(context.shopOrigin), id, 'webhook_endpoint');

export const listConfigurations = (): ListDocument =>
  listOfOne('/v1/payment_method_configurations', METHOD_CONFIGURATION);
export const retrieveConfiguration = (
  _context: OperationContext,
  id: string,
): Stripe.PaymentMethodConfiguration => only(METHOD_CONFIGURATION, id, 'payment_method_configuration');

export const retrieveCountry = (_context: OperationContext, id: string): Stripe.CountrySpec =>
  only(COUNTRY, id, 'country_spec');
