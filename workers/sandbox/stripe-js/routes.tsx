import { Hono } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { paymentService, type Env } from '../env.ts';
import { TEST_METHODS } from '../stripe/methods/index.ts';
import type { PaymentView } from '../stripe/view.ts';
import { frameScript } from './frame-script.ts';
import { shopScript } from './shop-script.ts';

const querySchema = z.object({
  client_secret: z.string().regex(/^(?:pi|seti)_\w+_secret_\w+$/),
  key: z.string().regex(/^pk_test_\w+$/),
});
const SCRIPT = { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' };

/**
 * Stands in for Stripe.js and its Payment Element: one script for the shop's page, and a frame of this origin in which
 * card data is typed and from which it is sent.
 */
export const stripeJsRoutes = new Hono<{ Bindings: Env }>()
  .get('/:release{[a-z]+}/stripe.js', (c) => c.body(shopScript(c.env.SANDBOX_ORIGIN), 200, SCRIPT))
  .get('/apple-pay-file', (c) => c.text('Apple finds the file of the payment service here.'))
  .get('/stripe-js/frame.js', (c) => c.body(frameScript(new URL(c.env.SHOP_ORIGIN).origin), 200, SCRIPT))
  .get('/stripe-js/payment', async (c) => {
    const query = querySchema.safeParse(c.req.query());
    if (!query.success) return c.notFound();
    const { client_secret: secret, key } = query.data;
    const id = secret.split('_secret_')[0] ?? '';
    const payment = await paymentService(c.env).paymentFor(id, secret);
    if (payment === null) return c.notFound();
    return c.html(html`<!doctype html>${paymentFrame({ payment, publishableKey: key })}`, 200, {
      'content-security-policy': [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'unsafe-inline'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        `frame-ancestors ${new URL(c.env.SHOP_ORIGIN).origin}`,
      ].join('; '),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });

const STYLE =
  'body{margin:0;font:16px system-ui}label{display:block;margin:0 0 .6rem}input,select{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.4rem}';

const paymentFrame = ({ payment, publishableKey }: { payment: PaymentView; publishableKey: string }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>Payment</title>
      <style>{STYLE}</style>
    </head>
    <body>
      <form data-payment={payment.id} data-secret={payment.clientSecret} data-key={publishableKey}>
        <label>
          Card number or IBAN
          <input name="number" inputmode="text" autocomplete="cc-number" />
        </label>
        <label>
          Expiry
          <input name="expiry" placeholder="MM / YY" autocomplete="cc-exp" />
        </label>
        <label>
          Security code
          <input name="cvc" inputmode="numeric" autocomplete="cc-csc" />
        </label>
        <label>
          or a test payment method
          <select name="payment_method">
            {TEST_METHODS.filter(({ type }) => payment.types.includes(type)).map((method) => (
              <option value={method.token} data-type={method.type}>
                {method.title}
              </option>
            ))}
          </select>
        </label>
      </form>
      <script src="/stripe-js/frame.js" defer></script>
    </body>
  </html>
);
