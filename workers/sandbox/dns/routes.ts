import { Hono } from 'hono';
import { z } from 'zod';
import { domainNames, type Env } from '../env.ts';

const TXT = 16;
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;
const recordsSchema = z.strictObject({ txt: z.array(z.string().min(1).max(255)).max(20) });

/**
 * DNS over HTTPS in JSON, as Cloudflare's resolver answers it, of a domain name system that has TXT records alone:
 * `PUT /control/dns/<name> {"txt": ["…"]}` says which stand at a name.
 */
export const dnsRoutes = new Hono<{ Bindings: Env }>()
  .get('/dns-query', async (c) => {
    const name = (c.req.query('name') ?? '').toLowerCase();
    const isText = c.req.query('type') === 'TXT';
    const texts = isText ? await domainNames(c.env).texts(name) : [];
    return c.json(
      {
        Status: texts.length === 0 ? NO_SUCH_NAME : NO_ERROR,
        TC: false,
        Question: [{ name, type: TXT }],
        Answer: texts.map((text) => ({ name: `${name}.`, type: TXT, TTL: 60, data: JSON.stringify(text) })),
      },
      200,
      { 'content-type': 'application/dns-json' },
    );
  })
  .put('/control/dns/:name', async (c) => {
    const records = recordsSchema.safeParse(await c.req.json().catch(() => null));
    if (!records.success) {
      return c.json({ errors: records.error.issues.map(({ path, message }) => ({ path, message })) }, 422);
    }
    await domainNames(c.env).set(c.req.param('name').toLowerCase(), records.data.txt);
    return c.body(null, 204);
  });
