import { FAKE_CARTS } from './fake-carts.ts';
import { FAILED_ORDER_ID, INSTANCE_ID, LAMP_VARIANT_ID, ORDER_ID, PRODUCT_ID, VARIANT_ID } from './ids.ts';

/**
 * Source of the workers behind the gateway, for its tests. Each echoes what reached it, as JSON, unless it knows the
 * path; header `x-fake` asks for a failure. Texts are hostile where an operator or a customer could have written them.
 */

export const HOSTILE = `<script>alert('x')</script>"><img src=x onerror=alert(1)>`;

const COMMON = `
  const json = (body, status = 200, headers = {}) =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers } });
  const problem = (status, slug, more = {}) => json({ type: '/problems/' + slug, title: slug, status, detail: 'because', requestId: 'fake', ...more }, status);
  const echo = async (service, request) => json({
    service, method: request.method, url: request.url,
    headers: Object.fromEntries(request.headers), body: await request.text(),
  }, 200, { 'x-powered-by': 'fake', 'content-security-policy': 'default-src *' });
  const serve = (service, answer) => ({
    async fetch(request) {
      const fake = request.headers.get('x-fake');
      if (fake === 'throw') throw new Error('password of the database: hunter2');
      if (fake === 'plain-500') return new Response('Error: at inside.ts:12', { status: 500, headers: { 'content-type': 'text/plain' } });
      const url = new URL(request.url);
      if (url.searchParams.has('echo')) return echo(service, request);
      return (await answer?.(url, request)) ?? echo(service, request);
    },
  });
  const HOSTILE = ${JSON.stringify(HOSTILE)};
  const money = (amount, currency = 'EUR') => ({ amount, currency });
  const at = '2026-11-20T09:30:00.000Z';
`;

/** What variants cost now: `amount` is less than what the product says. */
const PRICED = `
  const pricedNow = (amount) => ({ variantId: '${VARIANT_ID}', unitPrice: money(amount), listPrice: money(1990), compareAt: null, priceSource: { list: 'plist_1', reason: HOSTILE } });
`;

const CATALOGUE = `${COMMON}${PRICED}
  const summary = {
    id: '${PRODUCT_ID}', handle: 'editor', kind: 'licence', title: 'Editor ' + HOSTILE, summary: HOSTILE, vendor: 'Acme',
    tags: [], locale: 'en', productType: null, attributes: {}, image: null, priceFrom: [money(1990), money(2190, 'USD')], availability: 'low_stock',
  };
  const product = {
    ...summary, status: 'published', version: 1, descriptionHtml: '<p>Writes <b>well</b></p>', collections: [], breadcrumbs: [], images: [],
    optionNames: [], quantityMax: 10, limits: { quantityMin: 1, quantityMultiple: 1, perCustomer: { quantity: 4, days: 30 } }, locales: ['en'], seo: { title: '', description: '' },
    components: [],
    related: [{ id: 'prod_2', handle: 'lamp', title: 'Lamp ' + HOSTILE, image: null }],
    specification: [{ key: 'weight', title: 'Weight ' + HOSTILE, type: 'number', unit: 'kg', value: 2, label: '2' }], createdAt: at, updatedAt: at,
    variants: [{ id: '${VARIANT_ID}', sku: 'EDITOR', title: 'Single', options: {}, prices: [money(1990), money(2190, 'USD')], compareAtPrices: [], availability: 'low_stock', available: 3, expectedAt: null, locations: [], limits: null }],
    customisationSchema: {
      type: 'object', additionalProperties: false, required: ['registeredTo'],
      properties: {
        registeredTo: { type: 'string', title: 'Registered for', minLength: 1, maxLength: 20 },
        edition: { type: 'string', enum: ['home', 'work'], default: 'home' },
        seats: { type: 'integer', minimum: 1, maximum: 5 },
        newsletter: { type: 'boolean' },
      },
    },
  };
  const crumbs = [{ id: 'col_0', handle: 'home', title: 'Home ' + HOSTILE }, { id: 'col_1', handle: 'tools', title: 'Tools' }];
  const collection = {
    id: 'col_1', handle: 'tools', title: 'Tools', version: 1, locale: 'en', descriptionHtml: '<p>For <b>work</b></p>', seo: { title: '', description: '' }, parentId: 'col_0',
    position: 0, path: crumbs, children: [{ id: 'col_2', handle: 'saws', title: 'Saws ' + HOSTILE }], rule: null,
  };
  const lamp = { ...product, breadcrumbs: crumbs, handle: 'lamp', kind: 'physical', title: 'Lamp', customisationSchema: null, variants: [{ ...product.variants[0], id: '${LAMP_VARIANT_ID}' }] };
  export default serve('catalogue', (url) => {
    const piece = (hit) => [{ text: HOSTILE, hit }];
    if (url.pathname === '/v1/search' && url.searchParams.get('cursor') === 'bad') return problem(400, 'invalid-cursor');
    if (url.pathname === '/v1/search') return json({
      items: [{ product: summary, title: piece(true), summary: piece(false), passage: piece(true) }], next: 'abc', total: 1, didYouMean: HOSTILE, hasAllWords: false,
      facets: [
        { facet: 'vendor', title: HOSTILE, unit: null, values: [{ value: HOSTILE, label: HOSTILE, count: 1, selected: true }, { value: 'b', label: 'B', count: 2, selected: false }], ranges: [] },
        { facet: 'price', title: 'Price', unit: 'EUR', values: [], ranges: [{ from: 1000, to: 2000, count: 1, selected: false }, { from: 2000, to: null, count: 1, selected: false }] },
        { facet: 'collection', title: 'Collection', unit: null, values: [{ value: 'tools', label: HOSTILE, count: 1, selected: false }], ranges: [] },
      ],
    });
    if (url.pathname === '/v1/products' && url.searchParams.get('cursor') === 'bad') return problem(400, 'invalid-cursor');
    if (url.searchParams.get('expand') === 'variants') return json({ items: [{ ...summary, variantPrices: [pricedNow(1790)] }], next: null });
    if (url.pathname === '/v1/products') return json({ items: [summary], next: 'abc' }, 200, { 'cache-control': 'public, max-age=60', 'cache-tag': 'products' });
    if (url.pathname === '/v1/products/editor') return json(product);
    if (url.pathname === '/v1/products/lamp') return json(lamp);
    if (url.pathname.startsWith('/v1/products/')) return problem(404, 'not-found');
    if (url.pathname === '/v1/collections/tools') return json(collection);
    if (url.pathname === '/v1/collections/tools/products' && url.searchParams.get('cursor') === 'bad') return problem(400, 'invalid-cursor');
    if (url.pathname === '/v1/collections/tools/products') return json({ items: [summary], next: 'abc' });
    if (url.pathname.startsWith('/v1/collections/')) return problem(404, 'not-found');
    if (url.pathname === '/v1/collections') return json({ items: [{ id: 'col_1', handle: 'tools', title: 'Tools' }], next: null });
  });
`;

const AUTH = `${COMMON}
  const tokens = (n) => ({ accessToken: 'access.' + n + '.sig', tokenType: 'Bearer', expiresIn: 600, refreshToken: 'refresh-' + n, refreshExpiresIn: 86400, user: { id: 'usr_1', email: 'ann@mail.test', roles: ['customer'] } });
  export default serve('auth', async (url, request) => {
    const body = request.method === 'POST' ? request.headers.get('content-type') === 'application/json' ? JSON.parse((await request.clone().text()) || '{}') : {} : {};
    switch (url.pathname) {
      case '/v1/auth/challenge-link':
        return json({ status: 'link_sent' }, 202);
      case '/v1/auth/sign-in':
        if (body.password === 'turnstile') return problem(428, 'challenge-required', { challenge: { kind: 'turnstile', siteKey: '0x4AAA', action: 'sign_in' } });
        if (body.password === 'pressed' && request.headers.get('x-challenge-answer') !== 'mail:p4ss')
          return problem(428, 'challenge-required', { challenge: { kind: 'proof_of_work', puzzle: 'puzzle.1', bits: 4, expiresAt: at } });
        if (body.password === 'pressed') return json(tokens(1));
        if (body.email === 'enforced@mail.test') return json({ status: 'provider_required', connection: { id: 'idp_1', name: HOSTILE, kind: 'oidc' }, challengeId: 'c'.repeat(43) });
        return body.password === 'right' ? json(tokens(1)) : problem(401, 'invalid-credentials');
      case '/v1/auth/passkeys/sign-in':
      case '/v1/auth/verify-email':
        return body.token === 'bad' ? problem(410, 'gone') : json(tokens(1));
      case '/v1/auth/password-reset/confirm':
        if (body.token === 'bad') return problem(410, 'gone');
        if (body.token === 'cut') return problem(422, 'validation-failed', { errors: [{ in: 'body', pointer: '/token', detail: 'is no token' }] });
        return new Response(null, { status: 204 });
      case '/v1/auth/not-me':
        if (body.token === 'bad') return problem(410, 'gone');
        if (body.token === 'app' && body.password !== 'right' && body.code !== '123456')
          return body.password === undefined && body.code === undefined
            ? json({ status: 'factors_kept', needs: ['password', 'code'] })
            : problem(401, 'invalid-credentials');
        if (body.token === 'staff') return json({ status: 'factors_kept', needs: [] });
        if (body.token === 'passkey' && body.passkey === undefined) return json({ status: 'factors_kept', needs: ['passkey'] });
        if (typeof body.passkey === 'string') return problem(422, 'validation-failed', { errors: [{ in: 'body', pointer: '/passkey', detail: 'must be an object' }] });
        return new Response(null, { status: 204 });
      case '/v1/auth/organisations':
        return json({ items: [{ id: 'org_1', name: HOSTILE, status: 'active', role: 'owner', createdAt: at }, { id: 'org_2', name: 'Closed', status: 'archived', role: 'member', createdAt: at }] });
      case '/v1/auth/organisations/org_1':
        return json({ id: 'org_1', name: HOSTILE, status: 'active', role: 'owner', createdAt: at });
      case '/v1/auth/organisations/org_1/members':
        return json({ items: [{ accountId: 'usr_1', email: 'ann@mail.test', role: 'owner', joinedAt: at }], next: null });
      case '/v1/auth/organisations/org_1/invitations':
        if (request.method === 'POST') return body.email.includes('@') ? json({}, 201) : problem(422, 'validation-failed', { errors: [{ in: 'body', pointer: '/email', detail: 'must be an e-mail address' }] });
        return json({ items: [{ id: 'inv_1', email: HOSTILE, role: 'buyer', invitedBy: 'usr_1', createdAt: at, sentAt: at, expiresAt: at }], next: null });
      case '/v1/auth/organisations/org_1/domains':
        if (request.method === 'POST') return body.domain === 'gmail.com' ? problem(422, 'validation-failed', { errors: [{ in: 'body', pointer: '/domain', detail: 'gives mailboxes to everybody' }] }) : json({}, 201);
        return json({ items: ['acme.test', 'new.test'].map((domain, index) => ({ domain, verifiedAt: index === 0 ? at : null, verifiedUntil: index === 0 ? at : null, record: { type: 'TXT', name: '_tradepost-challenge.' + domain, value: HOSTILE }, createdAt: at })) });
      case '/v1/auth/organisations/org_1/connections':
      case '/v1/auth/organisations/org_1/connections/idp_1': {
        const connection = { id: 'idp_1', organisationId: 'org_1', kind: 'oidc', name: HOSTILE, status: 'active', listed: false, domains: ['acme.test'], settings: { issuer: HOSTILE, joinAs: 'member', enforced: true }, hasSecret: true, ours: { callbackUrl: HOSTILE, metadataUrl: HOSTILE }, version: 7, createdAt: at, updatedAt: at };
        if (request.method === 'GET') return json(url.pathname.endsWith('idp_1') ? connection : { items: [connection], next: null });
        return request.method === 'PUT' && request.headers.get('if-match') !== '"7"' ? problem(412, 'precondition-failed') : json(body, 201);
      }
      case '/v1/auth/organisations/org_1/api-keys':
        if (request.method === 'POST') return body.scopes.length === 0 ? problem(422, 'validation-failed', { errors: [{ in: 'body', pointer: '/scopes', detail: 'too few' }] }) : json({ name: HOSTILE, key: 'key_of_the_firm' }, 201);
        return json({ items: [{ id: 'key_1', name: HOSTILE, prefix: 'key_x', scopes: ['orders.read'], createdAt: at, expiresAt: null, lastUsedAt: at, createdBy: 'usr_1' }] });
      case '/v1/auth/organisations/org_1/hand-over':
      case '/v1/auth/organisations/org_1/reopen':
        return json({});
      case '/v1/auth/organisation-invitations/look':
        return body.token === 'bad' ? problem(410, 'gone') : json({ organisation: HOSTILE, role: 'buyer', email: 'ann@mail.test', expiresAt: at });
      case '/v1/auth/organisation-invitations/accept':
        return body.token === 'theirs' ? problem(403, 'forbidden') : json({ id: 'org_1', name: HOSTILE, status: 'active', role: 'buyer', createdAt: at });
      case '/v1/auth/token':
        if (body.organisationId === 'org_left') return problem(404, 'not-found');
        if (body.organisationId !== undefined) return json({ ...tokens(2), accessToken: 'access.' + btoa(JSON.stringify({ roles: ['customer'], org: body.organisationId })) + '.sig' });
        if (body.refreshToken === 'refresh-refused') return json({ ...tokens(2), accessToken: 'access.revoked.sig' });
        if (body.refreshToken === 'refresh-down') return problem(503, 'unavailable');
        return body.refreshToken.startsWith('refresh-') && body.refreshToken !== 'refresh-revoked' ? json(tokens(2)) : problem(401, 'invalid-credentials');
      case '/v1/auth/sign-out':
        return new Response(null, { status: 204 });
      case '/v1/auth/sign-up':
        return body.email.includes('@') ? json({ status: 'verification_sent' }, 202) : problem(422, 'validation-failed', { errors: [{ in: 'body', pointer: '/email', detail: 'is no address' }] });
      case '/v1/auth/federation':
        return json({ items: [{ id: 'con_1', name: HOSTILE, kind: 'oidc' }, { id: 'con_2', name: 'Acme', kind: 'oidc' }] });
      case '/v1/auth/federation/route':
        return json({ connection: body.email === 'ann@acme.test' ? { id: 'con_2', name: 'Acme', kind: 'oidc' } : null });
      case '/v1/auth/federation/con_1/start':
        return json({ location: 'https://provider.test/authorize?browser=' + body.browser + '&purpose=' + (body.purpose ?? 'sign_in') + '&fresh=' + body.fresh });
      case '/v1/auth/federation/con_1/callback': {
        const asked = new URLSearchParams(body.parameters);
        if (asked.get('state') === 'refused') return problem(403, 'sign-in-refused', { detail: HOSTILE });
        if (asked.get('state') === 'linking') return request.headers.get('authorization') === null ? problem(401, 'unauthenticated') : json({ status: 'linked', returnTo: '/account', identity: {} });
        if (asked.get('state') !== body.browser) return problem(410, 'gone');
        return json({ status: 'signed_in', returnTo: asked.get('to') ?? '/orders', signedIn: tokens(3) });
      }
      case '/v1/auth/identities':
        return json({ items: [{ id: 'idn_1', connection: { id: 'con_1', name: HOSTILE, kind: 'oidc' }, label: HOSTILE, createdAt: at, lastUsedAt: at }] });
      case '/v1/auth/data-requests': {
        const one = { id: 'dreq_1', accountId: 'usr_1', askedBy: 'person', askedAt: at, erasesAt: null, documentUntil: null, endedAt: null, obstacles: [], erased: {}, kept: [] };
        if (request.method === 'GET') return json({ items: [
          { ...one, kind: 'erasure', state: 'waiting', erasesAt: at },
          { ...one, kind: 'erasure', state: 'refused', obstacles: [{ code: 'order_open', subject: HOSTILE }] },
          { ...one, kind: 'export', state: 'ready', documentUntil: at },
        ] });
        if (body.kind === 'export') return json({ ...one, kind: 'export', state: 'running' }, 202);
        return problem(409, 'erasure-obstructed', { detail: HOSTILE, obstacles: [{ code: 'instance_running', subject: 'ins_1' }, { code: HOSTILE, subject: HOSTILE }] });
      }
      case '/v1/auth/customer-data-requests': {
        const one = { id: 'dreq_2', accountId: 'usr_1', kind: 'erasure', state: 'failed', askedBy: 'person', askedAt: at, endedAt: null, error: 'payments: the service is away ' + HOSTILE };
        return json({ items: url.searchParams.get('state') === 'waiting' ? [] : [one], next: null });
      }
      case '/v1/auth/accounts/usr_1/data-requests': {
        const one = { id: 'dreq_1', accountId: 'usr_1', askedBy: 'staff', askedAt: at, erasesAt: at, documentUntil: null, endedAt: null, obstacles: [], erased: {}, kept: [], kind: 'erasure', state: 'waiting' };
        if (request.method === 'GET') return json({ items: [one, { ...one, id: 'dreq_2', state: 'failed', erased: { Order: 3 }, kept: [{ section: HOSTILE, because: 'tax_law' }] }] });
        if (body.kind === 'export') return json({ ...one, kind: 'export', state: 'running' }, 202);
        return problem(409, 'erasure-obstructed', { detail: HOSTILE, obstacles: [{ code: 'instance_running', subject: 'ins_1' }] });
      }
      case '/v1/auth/accounts/usr_1/data-requests/dreq_1':
      case '/v1/auth/accounts/usr_1/data-requests/dreq_2/retry':
        return json({});
      case '/v1/auth/accounts/usr_1/data-requests/dreq_3/retry':
        return problem(409, 'conflict');
      case '/v1/auth/data-requests/dreq_1/document':
        return json({ format: 1, accountId: 'usr_1', generatedAt: at, items: [] });
      case '/v1/auth/data-requests/dreq_1':
        return json({});
      case '/v1/auth/me':
        return json({ id: 'usr_1', email: 'ann@mail.test', roles: ['customer'], hasPassword: true });
      case '/v1/oauth/authorizations': {
        const asked = new URLSearchParams(body.query);
        if (asked.get('client_id') !== 'cli_1') return json({ action: 'refuse', error: 'invalid_client', description: HOSTILE });
        if (request.headers.get('authorization') === null) return json({ action: 'sign_in', query: body.query + '&tp_since=1', loginHint: null });
        if (asked.has('agreed') || body.decision === 'allow') return json({ action: 'redirect', location: 'https://app.test/cb?code=c&state=s' });
        if (body.decision === 'deny') return json({ action: 'redirect', location: 'https://app.test/cb?error=access_denied' });
        return json({ action: 'consent', application: HOSTILE, account: 'ann@mail.test', target: 'app.test', scopes: [{ name: 'email', text: HOSTILE }] });
      }
      case '/v1/oauth/logouts':
        return json({ application: HOSTILE, userId: null, location: body.postLogoutRedirectUri === 'https://app.test/out' ? 'https://app.test/out' : null });
      case '/v1/oauth/token': {
        const sent = new URLSearchParams(await request.clone().text());
        return sent.get('actor_token') === 'access.1.sig' && sent.get('reason') === 'The invoice' ? json({ access_token: 'view.1.sig' }) : json({ error: 'invalid_request' }, 400);
      }
      case '/v1/auth/api-keys':
        if (request.method === 'POST') return body.scopes.length === 0 ? problem(422, 'validation-failed', { errors: [{ in: 'body', pointer: '/scopes', detail: 'is empty' }] }) : json({ id: 'key_2', name: body.name, key: 'tpk_secret ' + body.scopes.join(' ') }, 201);
        return json({ items: [{ id: 'key_1', name: HOSTILE, prefix: 'tpk_1', scopes: ['orders.read'], createdAt: at, expiresAt: null, lastUsedAt: null }] });
      case '/v1/auth/support-accesses':
        return json({ items: [{ id: 'sup_1', scopes: ['orders.read'], reason: HOSTILE, at, expiresAt: at }] });
      case '/v1/auth/applications':
        return json({ items: [{ clientId: 'cli_1', name: HOSTILE, scopes: [{ name: 'email', text: HOSTILE }], grantedAt: at }] });
      case '/v1/auth/guessing-signals':
        return json({ items: [{ id: 'gsig_1', kind: 'many_accounts', accountId: null, network: HOSTILE, at }], next: null });
      case '/v1/auth/overview':
        return json({ me: { id: 'usr_1', email: 'ann@mail.test', roles: ['customer'], hasPassword: true }, passkeys: [{ id: 'pk_1', name: HOSTILE, createdAt: at }],
          sessions: [{ id: 'ses_1', current: true, createdAt: at, lastUsedAt: at, device: HOSTILE, country: HOSTILE }, { id: 'ses_2', current: false, createdAt: at, lastUsedAt: at, device: 'a program', country: '' }],
          identities: [{ id: 'idn_1', connection: { id: 'con_1', name: HOSTILE, kind: 'oidc' }, label: HOSTILE, createdAt: at, lastUsedAt: at }],
          linkable: [{ id: 'con_2', name: 'Acme', kind: 'oidc', ofOrganisation: true }] });
    }
  });
`;

const PURCHASE = `${COMMON}${FAKE_CARTS}${PRICED}
  const order = (id, state, more = {}) => ({
    id, number: 'TP-1', customerId: 'usr_1', version: 7, state, reason: null, currency: 'EUR', total: money(1990),
    price: { currency: 'EUR', taxMode: 'inclusive', subtotal: money(1990), discountTotal: money(0), shippingTotal: money(0), taxTotal: money(318), total: money(1990), shipping: null, promotions: [], notCounted: [], credits: [] },
    bundles: [],
    lines: [{ id: 'line_1', bundleId: null, productId: '${PRODUCT_ID}', variantId: '${VARIANT_ID}', sku: 'EDITOR', kind: 'licence', title: 'Editor', variantTitle: 'Single', quantity: 1, unitPrice: money(1990), total: money(1990), price: linePrice(1), customisation: { registeredTo: HOSTILE }, state: 'pending', detail: HOSTILE, instanceId: null, refunded: { quantity: 1, amount: money(500) }, exchanged: { quantity: 0, amount: money(0) }, revoked: false, suspension: { state: 'suspended', code: 'payment_disputed', text: HOSTILE, since: at }, returnable: { until: at, quantity: 1 } }],
    shippingAddress: null, delivery: 'as_ready', fulfilment: 'partial', paymentStatus: 'pending', exchangeOf: null, changeOf: null,
    refunds: [{ id: 'r1', amount: money(500), state: 'made', cause: 'granted', lineIds: [], reason: HOSTILE, at, parts: [], shipping: money(0), returnId: null }],
    disputes: [{ id: 'du_1', amount: money(1990), stated: { amount: 2100, currency: 'BRL' }, state: 'open', reason: HOSTILE, openedAt: at, evidenceDueBy: at }],
    returns: [{ id: 'ret_1', state: 'approved', wish: 'refund', lines: [{ lineId: 'line_1', quantity: 1, reason: HOSTILE }], steps: [{ state: 'approved', at, by: 'operator', reason: HOSTILE }], refundId: null, exchangeOrderId: null, nextActions: [] }],
    notes: [{ id: 'note_1', at, by: 'operator', visibility: 'customer', text: HOSTILE }, { id: 'note_2', at, by: 'operator', visibility: 'internal', text: 'between us' }],
    payment: { paymentId: 'pi_1', clientSecret: 'pi_1_secret_2', state: 'pending', verification: null, amount: money(1990), authorised: money(0), captured: money(0), refunded: money(0), dueAt: at, lastError: null, instructions: { amountRemaining: 1990, reference: 'TRANSFER1', accounts: [{ holder: HOSTILE, bank: null, country: 'DE', iban: 'DE02120300000000202051', bic: 'BYLADEM1001', accountNumber: null, routingNumber: null }], url: null } },
    giftCards: [],
    nextActions: ['pay', 'edit', 'cancel', 'return', 'retry', 'resolve', 'review', 'restore_access', 'revoke'], createdAt: at, updatedAt: at, ...more,
  });
  const orders = {
    '${ORDER_ID}': order('${ORDER_ID}', 'awaiting_payment', { total: money(2490), giftCards: [{ ending: 'K3M9', amount: money(500), captured: money(0), refunded: money(0) }] }),
    '${FAILED_ORDER_ID}': order('${FAILED_ORDER_ID}', 'cancelled', { reason: { code: 'x', text: HOSTILE }, nextActions: [], payment: null, giftCards: [{ ending: 'Q2X7', amount: money(1990), captured: money(1990), refunded: money(490) }] }),
  };
  export default serve('purchase', async (url, request) => {
    if (url.pathname.startsWith('/v1/carts')) return answerCarts(url, request);
    if (url.pathname.startsWith('/v1/instance-renewals')) {
      if (request.method === 'DELETE') return new Response(null, { status: 204 });
      if (request.method === 'PUT' && !JSON.parse(await request.clone().text()).agreed) return problem(422, 'validation-failed', { errors: [] });
      return json({ instanceId: '${INSTANCE_ID}', paymentMethodId: 'pm_1', agreedAt: at, state: 'on', attempts: 0, orderId: '${ORDER_ID}' });
    }
    if (url.pathname === '/v1/offers') {
      const authorization = request.headers.get('authorization');
      if (authorization === 'Bearer access.broken.sig') return problem(503, 'unavailable');
      return authorization === null ? problem(401, 'unauthenticated') : json({ items: [{ id: '${PRODUCT_ID}', variantPrices: [pricedNow(1590)] }], next: null });
    }
    if (!['/v1/orders', '/v1/instance-changes'].some((path) => url.pathname.startsWith(path))) return undefined;
    const authorization = request.headers.get('authorization');
    if (authorization === null || authorization === 'Bearer access.revoked.sig') return problem(401, 'unauthenticated');
    if (url.pathname.startsWith('/v1/instance-changes')) {
      const asked = JSON.parse(await request.clone().text());
      if (asked.quoteId !== undefined) return asked.quoteId === 'quo_1' ? json(orders['${ORDER_ID}'], 201) : problem(409, 'quote-expired');
      if (asked.change === 'plan') return problem(409, 'conflict');
      const linePrice = { listPrice: money(900), compareAt: null, unitPrice: money(900), priceSource: { list: 'base', reason: HOSTILE }, subtotal: money(900), discounts: [], credits: [], taxes: [], total: money(900) };
      return json({ id: 'quo_1', instanceId: asked.instanceId, change: 'renewal', title: HOSTILE, plan: { variantId: '${VARIANT_ID}', sku: 'HOST', variantTitle: HOSTILE }, presentPlan: { variantId: '${VARIANT_ID}', variantTitle: HOSTILE }, takesEffect: 'at_once', endsAt: at, cost: money(900), unused: money(0), line: linePrice,
        price: { currency: 'EUR', taxMode: 'inclusive', subtotal: money(900), discountTotal: money(0), shippingTotal: money(0), taxTotal: money(0), total: money(900), shipping: null, promotions: [], notCounted: [], credits: [] }, total: money(900), expiresAt: at }, 201);
    }
    const [, , , id, part, , step] = url.pathname.split('/');
    if (part === 'events' && request.headers.get('upgrade') === 'websocket') {
      const [theirs, ours] = Object.values(new WebSocketPair());
      ours.accept();
      ours.addEventListener('message', ({ data }) => ours.send('heard ' + data));
      return new Response(null, { status: 101, webSocket: theirs, headers: { 'sec-websocket-protocol': 'tradepost.v1' } });
    }
    if (part === 'events') {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      void writer.write(new TextEncoder().encode('id: 1\\ndata: {"last":"' + request.headers.get('last-event-id') + '"}\\n\\n')).catch(() => {});
      return new Response(readable, { headers: { 'content-type': 'text/event-stream' } });
    }
    if (id === undefined) return json({ items: [{ ...orders['${ORDER_ID}'], lineCount: 1, firstTitle: HOSTILE, state: 'needs_operator', attention: { code: 'payment_capture_failed', text: HOSTILE, detail: HOSTILE } }], next: null });
    if (id === 'retries') return json({ items: [{ orderId: '${ORDER_ID}', outcome: 'done', state: 'capturing', problem: null }], next: 'more' });
    if (id === 'resolutions') return json({ items: [{ orderId: '${ORDER_ID}', outcome: 'refused', state: null, problem: { type: '/problems/difference-unconfirmed', title: HOSTILE, status: 409, detail: HOSTILE } }], next: null });
    if (orders[id] === undefined) return problem(404, 'not-found');
    if (part === 'timeline') return json({ items: [{ sequence: 1, at, type: 'order.placed', text: HOSTILE, lineId: null }], next: null });
    if (part === 'cancel') return problem(409, 'conflict');
    if (part === 'effects') return json({ state: 'needs_operator', step: 'capturing', attention: { code: 'payment_capture_failed', text: HOSTILE, detail: HOSTILE },
      items: [{ key: 'payment.capture:1', lane: 'payment', state: 'parked', attempts: 12, nextAt: null, lastError: HOSTILE, payload: {} }],
      resolutions: [{ as: 'completed', kept: money(0), due: money(1990), open: money(1990), lines: [{ lineId: 'line_1', state: 'provisioned' }], stock: [{ sku: 'EDITOR', quantity: 1 }], code: 'kept:0' }, { as: 'cancelled', kept: money(0), due: money(0), open: money(0), lines: [], stock: [], code: null }] });
    if (part === 'risk') return json({ orderId: id, placing: null, payment: { phase: 'paid', at, score: 70, outcome: 'review', hits: [{ ruleId: 'frl_1', kind: 'amount', score: 70, reason: HOSTILE, finding: HOSTILE }] },
      evidence: { accountCreatedAt: at, countries: { card: 'US', shipping: 'DE', client: null }, counts: [{ subject: 'card', windowSeconds: 3600, orders: 7 }], instrument: { brand: 'visa', last4: '4242', wallet: null, country: 'US' }, provider: null },
      review: { since: at, until: at, reminded: false, decision: null } });
    if (part === 'review') return JSON.parse(await request.clone().text()).decision === 'approve' ? json(orders[id]) : problem(409, 'conflict');
    if (part === 'resolve') return JSON.parse(await request.clone().text()).confirm === 'kept:0' ? json(orders[id]) : problem(409, 'difference-unconfirmed');
    if (['retry', 'notes', 'access'].includes(part)) return json(orders[id]);
    if (request.method === 'PATCH') return request.headers.get('if-match') === '"7"' ? json(orders[id]) : problem(412, 'precondition-failed');
    if (part === 'returns' && step !== undefined) {
      const body = JSON.parse(await request.clone().text());
      const wanted = { receive: body.restock?.[0]?.quantity === 1, refund: body.shipping === true, exchange: body.lines?.[0]?.variantId === '${VARIANT_ID}', reject: body.reason === 'no' };
      return wanted[step] ? json(orders[id]) : problem(422, 'validation-failed', { errors: [] });
    }
    if (part === 'returns') return JSON.parse(await request.clone().text()).lines.length > 0 ? json(orders[id]) : problem(422, 'validation-failed', { errors: [{ in: 'body', pointer: '/lines', detail: 'must not be empty' }] });
    return json(orders[id]);
  });
`;

const PROVISIONER = `${COMMON}
  const instance = { id: '${INSTANCE_ID}', orderId: '${ORDER_ID}', lineId: 'line_1', customerId: 'usr_1', productId: '${PRODUCT_ID}', variantId: '${VARIANT_ID}', sku: 'HOST', title: HOSTILE, variantTitle: 'S', kind: 'service', quantity: 1, customisation: {}, state: 'active', detail: '', organisationId: null, startsAt: at, endsAt: at, tags: [], createdAt: at, updatedAt: at };
  const task = { id: 'task_1', instanceId: '${INSTANCE_ID}', orderId: '${ORDER_ID}', step: 'make', kind: 'failed_step', askedOf: 'operator', connector: 'http', operation: 'call', code: 'partner_refused', text: HOSTILE, fields: null, state: 'open', decision: null, reason: null, decidedBy: null, decidedAt: null, dueAt: at, createdAt: at };
  const decided = async (request) => {
    const { decision, reason, result } = JSON.parse(await request.text());
    if (decision === 'roll_back' && reason === undefined) return problem(422, 'validation-failed', { errors: [{ pointer: '/reason', detail: 'is required' }] });
    return decision !== 'replace' || result?.body?.code === 7 ? json(task) : problem(409, 'conflict');
  };
  export default serve('provisioner', async (url, request) => {
    if (url.pathname === '/v1/provisioning/tasks') return json({ items: [task], next: null });
    if (url.pathname === '/v1/provisioning/tasks/task_1') return json({ ...task, payload: { url: HOSTILE }, decisions: ['retry', 'skip', 'replace', 'hand_over', 'roll_back'] });
    if (url.pathname === '/v1/provisioning/tasks/task_1/decisions') return decided(request);
    if (url.pathname === '/v1/provisioning/retries') return json({ id: 'bulk_1', count: JSON.parse(await request.text()).connector === 'http' ? 3 : 0, until: at }, 202);
    if (url.pathname === '/v1/provisioning/gates') return json({ items: [{ partner: 'broker:acme', breaker: 'open', running: 1, limits: {}, openSince: at, openUntil: at, heldBy: HOSTILE }] });
    if (url.pathname === '/v1/provisioning/gates/broker%3Aacme') return JSON.parse(await request.text()).held === true ? json({}) : problem(404, 'not-found');
    if (url.pathname === '/v1/provisioning/notices') return json({ items: [{ id: 'n1', kind: 'pool_low', subject: 'x', text: HOSTILE, at }], next: null });
    if (url.pathname === '/v1/instances') return json({ items: [instance], next: null });
    if (url.pathname.endsWith('/download-link')) return json({ url: 'https://elsewhere.example/v1/downloads/tok?x=1', expiresAt: at });
    if (url.pathname.endsWith('/use')) return json({ activations: [{ id: 'act_1', unit: 0, name: HOSTILE, activatedAt: at, seenAt: at }], leases: [], meters: [{ name: 'calls', period: 'month', used: 3, limit: 9, resetsAt: at }] });
    if (url.pathname.endsWith('/reveal')) return json({ delivery: { type: 'partner-service', accessUrl: 'https://x.test', username: 'u', password: 'shown at last', expiresAt: null } });
    if (url.pathname.includes('/activations/')) return new Response(null, { status: 204 });
    if (url.pathname === '/v1/entitlements/files') return json({ file: 'a.b.c', fileName: 'HOST.licence', expiresAt: at });
    if (url.pathname.startsWith('/v1/instances/')) return json({ ...instance, entitlements: { features: ['export.pdf'], limits: { projects: 3 }, seats: 2, leases: null, meters: [{ name: 'calls', limit: 9, period: 'month' }], validDays: null }, metadata: {}, history: [], shipments: [{ id: 'p1', state: 'shipped', carrier: HOSTILE, trackingCode: HOSTILE, trackingUrl: 'https://post.example.com/1', items: [{ sku: HOSTILE, quantity: 2, returned: 1 }], shippedAt: null, deliveredAt: null, updatedAt: '2026-11-01T00:00:00.000Z' }], delivery: { type: 'partner-service', accessUrl: 'javascript:alert(1)', username: HOSTILE, password: null, expiresAt: null } });
  });
`;

export const FAKES: Record<string, string> = {
  'tradepost-auth': AUTH,
  'tradepost-catalogue': CATALOGUE,
  'tradepost-payments': `${COMMON}
    const kept = { id: 'pm_1', method: 'card', title: HOSTILE, brand: 'visa', last4: '4242', expires: '2030-07', isDefault: false, createdAt: at };
    export default serve('payments', (url) => {
      if (url.pathname === '/v1/payment-methods') return json({ items: [kept], unverified: [] });
      const dispute = { disputeId: 'du_1', paymentId: 'pi_1', orderId: '${ORDER_ID}', currency: 'EUR', amount: 1990, state: 'open', reason: HOSTILE, openedAt: at, dueBy: at };
      return url.pathname === '/v1/disputes' ? json({ items: [dispute], next: null }) : null;
    });`,
  'tradepost-provisioner': PROVISIONER,
  'tradepost-purchase': PURCHASE,
};
