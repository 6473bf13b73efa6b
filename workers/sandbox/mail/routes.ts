import { Hono } from 'hono';
import { z } from 'zod';
import { mailbox, type Env } from '../env.ts';
import { htmlPage } from '../pages/answer.ts';
import { mailPage, mailboxPage } from '../pages/mailbox.tsx';
import { bearerIs } from '../http-keys.ts';
import { mailInputSchema } from './schemas.ts';

const LIST_LIMIT_MAX = 200;
const listSchema = z.object({
  to: z.string().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(50),
});

const refusal = (statusCode: 401 | 409 | 422 | 503, name: string, message: string) =>
  Response.json({ statusCode, name, message }, { status: statusCode });

/** `POST /emails` for the shop; `/mailbox` for people and tests. */
export const mailRoutes = new Hono<{ Bindings: Env }>();

mailRoutes.post('/emails', async (c) => {
  if (!bearerIs(c.req.header('authorization'), c.env.SANDBOX_MAIL_API_KEY)) {
    return refusal(401, 'invalid_api_key', 'API key is invalid');
  }
  const mail = mailInputSchema.safeParse(await c.req.json().catch(() => null));
  if (!mail.success) return refusal(422, 'validation_error', mail.error.issues[0]?.message ?? 'Invalid body');
  const sent = await mailbox(c.env).send(mail.data, c.req.header('idempotency-key') ?? null);
  if (sent.ok) return c.json(sent.value);
  return sent.error.code === 'down'
    ? refusal(503, 'application_error', 'The mail provider is down')
    : refusal(
        409,
        'invalid_idempotent_request',
        'Same idempotency key used with a different request payload',
      );
});

mailRoutes.get('/mailbox/messages', async (c) => {
  const query = listSchema.safeParse(c.req.query());
  if (!query.success) return c.json({ message: 'to and limit (1..200)' }, 400);
  return c.json({
    items: await mailbox(c.env).list({ to: query.data.to ?? null, limit: query.data.limit }),
  });
});

mailRoutes.get('/mailbox', async (c) => {
  const query = listSchema.safeParse(c.req.query());
  const to = query.success ? (query.data.to ?? null) : null;
  return htmlPage(mailboxPage(await mailbox(c.env).list({ to, limit: LIST_LIMIT_MAX }), to));
});

mailRoutes.get('/mailbox/:id', async (c) => {
  const mail = await mailbox(c.env).read(c.req.param('id'));
  return mail === null ? c.notFound() : htmlPage(mailPage(mail));
});
