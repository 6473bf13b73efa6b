import { workerProject } from '../../shared/testing/worker-project.ts';

/** Stands for the provider: answers with what it was sent, as a payment that is authorised. */
const FAKE_PROVIDER = `
  export default {
    async fetch(request) {
      const url = new URL(request.url);
      if (url.hostname !== 'provider.test') return new Response(null, { status: 502 });
      if (request.method === 'GET' && /^\\/v1\\/(charges|refunds|disputes|balance_transactions|events)$/.test(url.pathname)) {
        return Response.json({ object: 'list', url: url.pathname, has_more: false, data: [] });
      }
      const form = new URLSearchParams(await request.text());
      const orderId = form.get('metadata[order_id]') ?? 'ord_0000000000000000000000000000000a';
      return Response.json({
        id: 'pi_' + orderId, object: 'payment_intent', status: 'requires_payment_method', currency: form.get('currency') ?? 'eur',
        amount: Number(form.get('amount') ?? 2500), amount_received: 0, amount_capturable: 0,
        client_secret: 'pi_unit_secret_unit', latest_charge: null, last_payment_error: null,
        metadata: { order_id: orderId },
      });
    },
  };
`;

export default workerProject({
  name: 'payments',
  secrets: {
    STRIPE_SECRET_KEY: 'sk_test_unit',
    STRIPE_WEBHOOK_SECRET: 'whsec_unit',
    STRIPE_API_BASE: 'https://provider.test',
  },
  databases: { PAYMENTS_DB: 'payments' },
  fakes: { 'fake-provider': FAKE_PROVIDER },
  outbound: 'fake-provider',
});
