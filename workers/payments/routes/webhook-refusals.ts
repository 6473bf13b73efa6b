import { createRoute, z } from '@hono/zod-openapi';
import { REFUSAL_REASONS, REFUSALS_KEPT_DAYS, REFUSALS_NAME } from '#objects/webhook-refusals/face.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { DAY_MS, HOUR_MS, rfc3339 } from '#shared/time/time.ts';
import type { Env } from '../env.ts';

/** Longer periods are summed by the hour. */
const BY_MINUTE_MAX_MS = 6 * HOUR_MS;
const timeSchema = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const route = createRoute({
  method: 'get',
  path: '/v1/payment-events/refusals',
  operationId: 'listWebhookRefusals',
  tags: ['Payments'],
  summary: 'How many webhooks were refused and why, by the minute, or by the hour for more than six hours',
  description: `The last 24 hours unless told otherwise; counts are kept ${REFUSALS_KEPT_DAYS} days. Each is written down right after its answer; the log has a line for each as well.`,
  ...authorised('payments.read'),
  request: { query: z.strictObject({ from: timeSchema.optional(), to: timeSchema.optional() }) },
  responses: {
    200: json(
      'Counts, oldest first',
      z
        .strictObject({
          total: z.int(),
          items: z.array(
            z.strictObject({ at: z.iso.datetime(), reason: z.enum(REFUSAL_REASONS), count: z.int() }),
          ),
        })
        .meta({ id: 'WebhookRefusals' }),
    ),
    ...problems('unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export function webhookRefusals(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { to = Date.now() + 60_000, from = to - DAY_MS } = c.req.valid('query');
    if (from >= to || to - from > REFUSALS_KEPT_DAYS * DAY_MS) {
      throw new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: [
          {
            in: 'query',
            pointer: '/from',
            detail: `must lie before \`to\`, at most ${REFUSALS_KEPT_DAYS} days`,
          },
        ],
      });
    }
    const counts = await c.env.WEBHOOK_REFUSALS.getByName(REFUSALS_NAME).read(
      { requestId: c.get('requestId') },
      { from: minuteOf(from), to: minuteOf(to), per: to - from > BY_MINUTE_MAX_MS ? 'hour' : 'minute' },
    );
    const items = counts.map(({ minute, reason, count }) => ({ at: `${minute}:00.000Z`, reason, count }));
    return c.json({ total: items.reduce((sum, { count }) => sum + count, 0), items }, 200);
  });
}

const minuteOf = (time: number): string => rfc3339(time).slice(0, 16);
