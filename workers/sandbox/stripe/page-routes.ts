import { Hono } from 'hono';
import { z } from 'zod';
import { paymentService, type Env } from '../env.ts';
import { htmlPage } from '../pages/answer.ts';
import { challengePage, payPage } from '../pages/pay.tsx';
import { verifyPage } from '../pages/verify.tsx';
import type { FormTree } from './form.ts';

const querySchema = z.object({ client_secret: z.string(), return_url: z.string().default('') });
const payFormSchema = querySchema.extend({
  payment_method: z.string().max(100).default(''),
  number: z.string().max(40).default(''),
});
/** `from`: the customer pays at our own page and is brought back there; absent: at the shop's. */
const challengeQuerySchema = querySchema.extend({ from: z.enum(['pay']).optional() });
const challengeFormSchema = challengeQuerySchema.extend({ result: z.enum(['complete', 'fail']) });
const refusedSchema = z.object({ error: z.object({ message: z.string() }) });

const transferFormSchema = querySchema.extend({
  amount: z
    .string()
    .trim()
    .regex(/^\d{0,10}$/),
});

const verifyFormSchema = z.object({
  client_secret: z.string(),
  code: z.string().trim().max(20).default(''),
  amounts: z
    .string()
    .trim()
    .regex(/^(?:\d{1,3}[\s,]+\d{1,3})?$/)
    .default(''),
});

/** An IBAN begins with its country, the test account numbers of US banks with zeros. */
function typed(number: string): FormTree {
  const plain = number.replaceAll(/[\s-]/g, '');
  if (/^[a-z]{2}/i.test(plain)) return { type: 'sepa_debit', sepa_debit: { iban: plain } };
  return plain.startsWith('000')
    ? { type: 'us_bank_account', us_bank_account: { account_number: plain } }
    : { type: 'card', card: { number: plain } };
}

/** The pages a customer sees at the payment service. */
export const pageRoutes = new Hono<{ Bindings: Env }>();

pageRoutes.get('/pay/:id', async (c) => {
  const query = querySchema.safeParse(c.req.query());
  const payment = query.success
    ? await paymentService(c.env).paymentFor(c.req.param('id'), query.data.client_secret)
    : null;
  if (!query.success || payment === null) return c.notFound();
  const returnUrl = shopUrl(query.data.return_url, c.env);
  return htmlPage(payPage({ payment, returnUrl, error: null }));
});

pageRoutes.post('/pay/:id', async (c) => {
  const form = payFormSchema.safeParse(await c.req.parseBody());
  if (!form.success) return c.text('Bad form', 400);
  const id = c.req.param('id');
  const { client_secret: clientSecret, payment_method: token, number } = form.data;
  const returnUrl = shopUrl(form.data.return_url, c.env);
  const service = paymentService(c.env);
  const method: FormTree =
    number.trim() === '' ? { payment_method: token } : { payment_method_data: typed(number) };
  const answer = await service.call({
    operation: 'payment_intents.confirm',
    id,
    params: {
      client_secret: clientSecret,
      ...method,
      return_url: returnUrl ?? new URL(ownPage(id, clientSecret, null), c.req.url).toString(),
    },
    key: 'publishable',
    idempotencyKey: null,
    target: `POST /pay/${id}`,
  });
  const payment = await service.paymentFor(id, clientSecret);
  if (payment === null) return c.notFound();
  if (payment.challengeUrl !== null) return c.redirect(`${payment.challengeUrl}&from=pay`, 303);
  if (payment.transfer !== null) return c.redirect(ownPage(payment.id, clientSecret, returnUrl), 303);
  if (answer.status < 300)
    return c.redirect(afterwards(payment.id, clientSecret, returnUrl, payment.status), 303);
  const refused = refusedSchema.safeParse(JSON.parse(answer.body));
  const error = refused.success ? refused.data.error.message : 'The payment did not go through.';
  return htmlPage(payPage({ payment, returnUrl, error }), answer.status >= 500 ? 502 : 402);
});

/** The bank transfer arrives, in part or whole. */
pageRoutes.post('/pay/:id/transfer', async (c) => {
  const form = transferFormSchema.safeParse(await c.req.parseBody());
  if (!form.success) return c.text('The amount is a number of minor units, or nothing.', 400);
  const id = c.req.param('id');
  const { client_secret: secret, amount } = form.data;
  const service = paymentService(c.env);
  const before = await service.paymentFor(id, secret);
  if (before === null) return c.notFound();
  await service.control(id, {
    action: 'transfer',
    ...(Number(amount) > 0 ? { amount: Number(amount) } : {}),
  });
  const payment = await service.paymentFor(id, secret);
  const returnUrl = shopUrl(form.data.return_url, c.env);
  return c.redirect(
    payment?.transfer === null
      ? afterwards(id, secret, returnUrl, payment.status)
      : ownPage(id, secret, returnUrl),
    303,
  );
});

pageRoutes.get('/challenge/:id', async (c) => {
  const query = challengeQuerySchema.safeParse(c.req.query());
  const payment = query.success
    ? await paymentService(c.env).paymentFor(c.req.param('id'), query.data.client_secret)
    : null;
  if (!query.success || payment === null) return c.notFound();
  const returnUrl = shopUrl(query.data.return_url, c.env);
  return htmlPage(
    payment.status === 'requires_action'
      ? challengePage({ payment, returnUrl, isFromPage: query.data.from === 'pay' })
      : payPage({ payment, returnUrl, error: null }),
  );
});

pageRoutes.post('/challenge/:id', async (c) => {
  const form = challengeFormSchema.safeParse(await c.req.parseBody());
  if (!form.success) return c.text('Bad form', 400);
  const id = c.req.param('id');
  const secret = form.data.client_secret;
  const done = await paymentService(c.env).challenge(id, secret, form.data.result === 'complete');
  if (!done.ok && done.error.code === 'not_found') return c.notFound();
  const payment = await paymentService(c.env).paymentFor(id, secret);
  if (c.req.header('accept')?.includes('application/json') === true) {
    return c.json({ id, status: payment?.status ?? null }, done.ok ? 200 : 409);
  }
  const returnUrl = shopUrl(form.data.return_url, c.env);
  const status = payment?.status ?? '';
  return c.redirect(
    form.data.from === 'pay' || returnUrl === null
      ? afterwards(id, secret, returnUrl, status)
      : backAt(returnUrl, id, status),
    303,
  );
});

pageRoutes.get('/verify/:id', async (c) => {
  const { client_secret: secret = '' } = c.req.query();
  const payment = await paymentService(c.env).paymentFor(c.req.param('id'), secret);
  return payment === null ? c.notFound() : htmlPage(verifyPage({ payment, error: null }));
});

/** The customer tells what came to his account. */
pageRoutes.post('/verify/:id', async (c) => {
  const form = verifyFormSchema.safeParse(await c.req.parseBody());
  if (!form.success) return c.text('A code, or two amounts in cents.', 400);
  const id = c.req.param('id');
  const { client_secret: secret, code, amounts } = form.data;
  const service = paymentService(c.env);
  if ((await service.paymentFor(id, secret)) === null) return c.notFound();
  const answer = await service.call({
    operation: id.startsWith('seti_') ? 'setup_intents.verify' : 'payment_intents.verify',
    id,
    params: {
      client_secret: secret,
      ...(code === '' ? { amounts: amounts.split(/[\s,]+/) } : { descriptor_code: code }),
    },
    key: 'publishable',
    idempotencyKey: null,
    target: `POST /verify/${id}`,
  });
  const payment = await service.paymentFor(id, secret);
  if (payment === null) return c.notFound();
  if (answer.status < 300) return htmlPage(verifyPage({ payment, error: null }));
  const refused = refusedSchema.safeParse(JSON.parse(answer.body));
  const error = refused.success ? refused.data.error.message : 'That did not go through.';
  return htmlPage(verifyPage({ payment, error }), answer.status >= 500 ? 502 : 402);
});

/** Only the shop may be returned to: this page must not become a way to send people anywhere. */
function shopUrl(sent: string, env: Env): string | null {
  const url = URL.parse(sent);
  return url !== null && url.origin === new URL(env.SHOP_ORIGIN).origin ? url.toString() : null;
}

/** A payment that failed at our own page stays there, so that another card can be tried. */
function afterwards(id: string, clientSecret: string, returnUrl: string | null, status: string): string {
  if (returnUrl === null || status === 'requires_payment_method') {
    return ownPage(id, clientSecret, returnUrl);
  }
  return backAt(returnUrl, id, status);
}

/** The shop's page, told how it ended (https://docs.stripe.com/payments/3d-secure/authentication-flow). */
function backAt(returnUrl: string, id: string, status: string): string {
  const url = new URL(returnUrl);
  url.searchParams.set(id.startsWith('seti_') ? 'setup_intent' : 'payment_intent', id);
  url.searchParams.set('redirect_status', REDIRECT_STATUS[status] ?? 'succeeded');
  return url.toString();
}
const REDIRECT_STATUS: Partial<Record<string, string>> = {
  processing: 'pending',
  requires_action: 'pending',
  requires_payment_method: 'failed',
  canceled: 'failed',
};

function ownPage(id: string, clientSecret: string, returnUrl: string | null): string {
  const query = new URLSearchParams({ client_secret: clientSecret, return_url: returnUrl ?? '' });
  return `/pay/${id}?${query.toString()}`;
}
