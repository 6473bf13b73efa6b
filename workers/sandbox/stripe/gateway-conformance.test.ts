import { expect, it } from 'vitest';
import { self } from '#shared/testing/runtime.ts';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import { stripeClient, stripeGateway } from '../../payments/adapters/stripe-gateway.ts';
import { writeRights } from '../../../scripts/doctor/write-rights.ts';
import { describePaymentGateway } from '../../payments/testing/conformance.ts';
import { letHappen, sdk } from '../testing/sdk.ts';

const client = stripeClient({
  secretKey: 'sk_test_unit',
  apiBase: 'http://sandbox.test',
  fetch: self.fetch.bind(self),
});
const confirm = (paymentId: string, method: string) =>
  sdk().paymentIntents.confirm(paymentId, { payment_method: method, return_url: 'http://shop.test/' });

describePaymentGateway('Stripe', () => ({
  gateway: stripeGateway(client),
  later: stripeGateway(client, { now: () => Date.now() + DAY_MS + HOUR_MS }),
  approve: async (paymentId) => void (await confirm(paymentId, 'pm_card_visa')),
  decline: async (paymentId) => {
    await confirm(paymentId, 'pm_card_chargeDeclined').catch(() => undefined);
  },
  forgetKeys: (paymentId) => letHappen(paymentId, 'forget-keys'),
}));

it('refuses what the doctor asks to write for its object alone, as the API does of a key with every right', async () => {
  expect(await writeRights(client)).toEqual([
    { level: 'ok', what: 'The key may write all that payments need.' },
  ]);
});
