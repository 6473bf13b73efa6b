import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { log } from '#shared/observability/log.ts';
import { breachRoutes } from './breaches/routes.ts';
import { brokerRoutes } from './broker/routes.ts';
import { controlRoutes } from './control/routes.ts';
import { dnsRoutes } from './dns/routes.ts';
import type { Env } from './env.ts';
import { fulfilmentRoutes } from './fulfilment/routes.ts';
import { identityRoutes } from './identity/routes.ts';
import { mailRoutes } from './mail/routes.ts';
import { partnerRoutes } from './partner/routes.ts';
import { pageRoutes } from './stripe/page-routes.ts';
import { stripeJsRoutes } from './stripe-js/routes.tsx';
import { stripeRoutes } from './stripe/routes.ts';

const BODY_BYTES_MAX = 1024 * 1024;

/** The outside world over HTTP. */
export const app = new Hono<{ Bindings: Env }>();
app.use(bodyLimit({ maxSize: BODY_BYTES_MAX }));
app.onError((error, c) => {
  log.error('sandbox failed', { path: c.req.path, error });
  return c.json({ error: { message: 'The sandbox itself failed; see its log.' } }, 500);
});
app.route('/', dnsRoutes);
app.route('/', brokerRoutes);
app.route('/', fulfilmentRoutes);
app.route('/', controlRoutes);
app.route('/', stripeRoutes);
app.route('/', pageRoutes);
app.route('/', stripeJsRoutes);
app.route('/', partnerRoutes);
app.route('/', mailRoutes);
app.route('/', breachRoutes);
app.route('/', identityRoutes);
