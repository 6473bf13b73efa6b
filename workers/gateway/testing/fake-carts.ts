import { LAMP_VARIANT_ID, ORDER_ID, PRODUCT_ID } from './ids.ts';

/**
 * Source of the cart routes of the purchase worker, as far as pages use them. Carts are remembered; what an order of one
 * is answered with follows from the quantity of its first line. Needs `json`, `problem`, `money`, `at` and `HOSTILE`.
 */
export const FAKE_CARTS = `
  const carts = new Map();
  let minted = 0;
  const hex = () => (minted += 1).toString(16).padStart(32, '0');
  const linePrice = (quantity) => ({
    listPrice: money(1990), compareAt: null, unitPrice: money(1990), priceSource: { list: 'base', reason: HOSTILE },
    subtotal: money(1990 * quantity), discounts: [], credits: [], taxes: [{ name: 'VAT', ratePpm: 190000, amount: money(10), included: true }],
    total: money(1990 * quantity),
  });
  const isLamp = (line) => line.variantId === '${LAMP_VARIANT_ID}';
  const priceOf = (cart) => {
    const total = money(cart.lines.reduce((sum, line) => sum + 1990 * line.quantity, 0), cart.currency);
    return { currency: cart.currency, taxMode: 'inclusive', subtotal: total, discountTotal: money(0), shippingTotal: money(0),
      taxTotal: money(10), total, shipping: null, notCounted: [], promotions: cart.codes.map((code) => ({ promotionId: 'p', code, title: HOSTILE, amount: money(100) })), credits: [] };
  };
  const view = (cart) => ({
    id: cart.id, version: cart.version, state: cart.state, customerId: cart.token === null ? 'usr_1' : null,
    orderId: cart.orderId ?? null, mergedInto: null, currency: cart.currency, locale: 'en', delivery: cart.delivery,
    shippingAddress: cart.shippingAddress, destination: null, shippingMethodId: null, codes: cart.codes,
    lines: cart.lines.map((line) => ({
      id: line.id, version: 1, variantId: line.variantId, productId: '${PRODUCT_ID}', sku: 'EDITOR',
      kind: isLamp(line) ? 'physical' : 'licence', title: 'Editor ' + HOSTILE, variantTitle: 'Single', quantity: line.quantity,
      quantityMin: 1, quantityMax: 10, quantityMultiple: 1, customerLimits: [], availability: 'low_stock', expectedAt: null, customisation: line.customisation,
      parts: [],
      customisationSchema: { type: 'object', properties: { registeredTo: { type: 'string', title: 'Registered for' } } },
      price: linePrice(line.quantity),
    })),
    price: cart.lines.length === 0 ? null : priceOf(cart), needsShipping: cart.lines.some(isLamp),
    shippingMethods: [], problems: cart.lines.some(isLamp) && cart.shippingAddress === null
      ? [{ code: 'address_needed', pointer: '/shippingAddress', detail: 'is required' }] : [],
    changes: cart.changed === true ? [{ lineId: cart.lines[0].id, code: 'price_up', text: HOSTILE, from: null, to: null }] : [],
    quote: null, createdAt: at, updatedAt: at,
  });
  const openCart = (values) => {
    const cart = { id: 'cart_' + hex(), version: 1, state: 'open', currency: 'EUR', delivery: 'together', shippingAddress: null,
      codes: [], lines: [], token: hex().padEnd(43, 'x'), ...values };
    carts.set(cart.id, cart);
    return cart;
  };
  const invalid = (pointer, detail) => problem(422, 'validation-failed', { errors: [{ in: 'body', pointer, detail }] });
  const orderOf = (cart) => {
    const [{ quantity }] = cart.lines;
    if (quantity > 5) return problem(409, 'out-of-stock', { errors: [{ in: 'body', pointer: '/lines/0/quantity', detail: 'only 3 left' }] });
    if (quantity === 3) return invalid('/lines/0/customisation/registeredTo', 'is required');
    if (quantity === 4) return problem(503, 'unavailable');
    cart.state = 'ordered';
    cart.orderId = '${ORDER_ID}';
    return json({ id: '${ORDER_ID}' }, 201);
  };
  async function answerCarts(url, request) {
    const isSignedIn = request.headers.get('authorization') !== null;
    const [, , , id, part, item] = url.pathname.split('/');
    const body = ['POST', 'PATCH'].includes(request.method) ? JSON.parse((await request.clone().text()) || '{}') : {};
    if (id === undefined) {
      const cart = openCart({ currency: body.currency, ...(isSignedIn ? { token: null } : {}) });
      return json({ cart: view(cart), token: cart.token }, 201);
    }
    if (id === 'current') return problem(404, 'not-found');
    const cart = carts.get(id);
    const token = request.headers.get('x-cart-token');
    if (cart === undefined || (cart.token === null ? !isSignedIn : cart.token !== token)) return problem(404, 'not-found');
    if (part === 'checkout' && body.paymentMethodId === 'pm_gone') return invalid('/paymentMethodId', 'is none of yours');
    const codes = part === 'checkout' ? (body.giftCards ?? []).map(({ code }) => code) : [];
    if (codes.some((code) => code.startsWith('MANY'))) return problem(429, 'rate-limited');
    if (codes.includes('WRONG')) return invalid('/giftCards/' + codes.indexOf('WRONG') + '/code', 'is not the code of a gift card');
    if (codes.length > 5) return invalid('/giftCards', 'must have at most 5 entries');
    if (part === 'checkout') return cart.state === 'ordered' ? json({ id: cart.orderId }, 201) : orderOf(cart);
    if (part === 'claim') cart.token = null;
    if (part === 'quote') {
      return json({ id: 'quo_' + hex(), cartId: id, cartVersion: cart.version, price: priceOf(cart),
        lines: cart.lines.map((line) => ({ lineId: line.id, price: linePrice(line.quantity) })), changes: [], createdAt: at, expiresAt: at }, 201);
    }
    if (request.method !== 'GET' && part !== 'claim') {
      if (cart.state !== 'open') return problem(409, 'cart-closed', { orderId: cart.orderId });
      cart.version += 1;
    }
    if (part === 'lines' && request.method === 'POST') {
      if (body.customisation?.registeredTo === 'nobody') return invalid('/customisation/registeredTo', 'is no name');
      const same = cart.lines.find((line) => line.variantId === body.variantId);
      if (same !== undefined) same.quantity += body.quantity;
      else cart.lines.push({ id: 'line_' + hex(), customisation: {}, ...body });
      cart.changed = body.customisation?.registeredTo === 'changed';
      return json(view(cart), 201);
    }
    if (part === 'lines' && request.method === 'PATCH') cart.lines.find((line) => line.id === item).quantity = body.quantity;
    if (part === 'lines' && request.method === 'DELETE') cart.lines = cart.lines.filter((line) => line.id !== item);
    if (part === 'codes' && request.method === 'POST') {
      if (body.code === 'NOPE') return invalid('/code', 'is not a code that counts now');
      cart.codes = [...cart.codes, body.code];
    }
    if (part === 'codes' && request.method === 'DELETE') cart.codes = cart.codes.filter((code) => code !== item);
    if (part === undefined && request.method === 'PATCH') {
      if (body.shippingAddress?.city === '') return invalid('/shippingAddress/city', 'is needed');
      Object.assign(cart, body);
    }
    return json(view(cart));
  }
`;
