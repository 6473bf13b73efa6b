/**
 * Source of a worker that stands for the provider in this worker's own tests: payments that can be captured once, customers
 * and their methods. It repeats its answer to an idempotency key, as the real one does. What it does in depth is tested
 * with the sandbox.
 */
export const FAKE_PROVIDER = `
  const answers = new Map(), captured = new Map(), defaults = new Map(), gone = new Set();
  let made = 0, setups = 0;
  const refusal = (status, error) => Response.json({ error: { type: 'invalid_request_error', message: 'refused', ...error } }, { status });

  const intent = (id, form, more = {}) => ({
    id, object: 'payment_intent', status: 'requires_payment_method', currency: form.get('currency') ?? 'eur',
    amount: Number(form.get('amount') ?? 2500), amount_received: 0, amount_capturable: 0,
    client_secret: 'pi_unit_secret_unit', latest_charge: null, last_payment_error: null, review: null, next_action: null, created: 1760000000,
    metadata: { order_id: form.get('metadata[order_id]') ?? (/^pi_(ord_[0-9a-f]{32})$/.exec(id)?.[1] ?? 'ord_0000000000000000000000000000000a') },
    ...more,
  });
  const shown = (id, form) => captured.has(id)
    ? intent(id, form, { status: 'succeeded', amount_received: captured.get(id).amount })
    : intent(id, form);
  const method = (id) => ({
    id, object: 'payment_method', type: 'card', created: 1_700_000_000, customer: gone.has(id) ? null : id.replace('pm_of_', ''),
    card: { brand: 'visa', last4: '4242', exp_month: 7, exp_year: 2030 },
  });

  async function answer(request, url, form) {
    const [, , resource, id, sub] = url.pathname.split('/');
    if (/unreachable$/.test(url.pathname)) return refusal(500, { type: 'api_error' });
    if (/nobodys$/.test(url.pathname)) return refusal(404, { code: 'resource_missing' });
    if (id === 'pi_elsewhere') return Response.json(intent(id, form, { amount: 4200, metadata: { order_id: '1042' } }));
    if (id === 'ch_elsewhere') return Response.json({ id, object: 'charge', payment_intent: null });
    // A charge or payment whose id ends in an order's id is of that order.
    const [, owner] = /_of_(ord_[0-9a-f]{32})$/.exec(url.pathname) ?? [];
    if (request.method === 'GET' && owner !== undefined) {
      const its = intent('pi_of_' + owner, form, { amount: 4200, metadata: { order_id: owner } });
      return Response.json(resource === 'charges' ? { id, object: 'charge', payment_intent: its } : its);
    }
    if (resource === 'captures') return Response.json({ times: captured.get(id)?.times ?? 0 });
    if (resource === 'customers') {
      if (gone.has(id)) return refusal(404, { code: 'resource_missing', param: 'id' });
      if (request.method === 'DELETE') { gone.add(id); return Response.json({ id, object: 'customer', deleted: true }); }
      if (sub === 'payment_methods') {
        const data = [method('pm_of_' + id)].filter(({ customer }) => customer !== null);
        return Response.json({ object: 'list', has_more: false, data });
      }
      if (id === undefined) { made += 1; return Response.json({ id: 'cus_' + form.get('metadata[customer_id]') + made, object: 'customer' }); }
      const standard = form.get('invoice_settings[default_payment_method]');
      if (standard !== null) defaults.set(id, standard);
      return Response.json({ id, object: 'customer', invoice_settings: { default_payment_method: defaults.get(id) ?? null } });
    }
    if (resource === 'payment_methods') {
      if (!id.startsWith('pm_of_')) return refusal(404, { code: 'resource_missing', param: 'payment_method' });
      if (sub === 'detach') gone.add(id);
      return Response.json(method(id));
    }
    if (resource === 'setup_intents' && request.method === 'GET') return Response.json({ object: 'list', has_more: false, data: [] });
    if (resource === 'setup_intents') { setups += 1; return Response.json({ id: 'seti_' + setups, object: 'setup_intent', client_secret: 'seti_' + setups + '_secret' }); }
    if (request.method === 'GET' && (id === undefined || id === 'search')) {
      return Response.json({ object: 'list', url: url.pathname, has_more: false, data: [] });
    }
    if (sub === 'capture') {
      if (captured.has(id)) return refusal(400, { code: 'payment_intent_unexpected_state' });
      captured.set(id, { amount: Number(form.get('amount_to_capture')), times: 1 });
      return Response.json(shown(id, form));
    }
    return Response.json(shown(id ?? 'pi_' + form.get('metadata[order_id]'), form));
  }

  export default {
    async fetch(request) {
      const url = new URL(request.url);
      if (url.hostname !== 'provider.test') return new Response(null, { status: 502 });
      const key = request.headers.get('idempotency-key');
      const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
      if (key === null) return answer(request, url, form);
      if (!answers.has(key)) {
        const first = await answer(request, url, form);
        answers.set(key, { status: first.status, body: await first.text() });
        return new Response(answers.get(key).body, { status: first.status, headers: { 'content-type': 'application/json' } });
      }
      const { status, body } = answers.get(key);
      return new Response(body, { status, headers: { 'content-type': 'application/json', 'idempotent-replayed': 'true' } });
    },
  };
`;
