import { createRoute, z } from '@hono/zod-openapi';
import {
  fraudSettingsInputSchema,
  fraudSettingsSchema,
  mailDomainPageSchema,
  mailDomainSchema,
  mailDomainVerdictSchema,
  mailDomainViewSchema,
} from '#shared/contracts/http/fraud.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { entityTag, ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { systemClock } from '#shared/time/time.ts';
import { ruleBook } from '#objects/fraud/of-env.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';

const tags = ['Fraud'];
const WORDS = 'the fraud settings';
const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const WRITE = ['malformed-request', 'body-too-large', 'unsupported-media-type', ...REFUSED] as const;

const read = createRoute({
  method: 'get',
  path: '/v1/fraud/settings',
  operationId: 'getFraudSettings',
  tags,
  summary: 'From which scores on what happens to an order, and how long a person may take',
  ...authorised('fraud.read'),
  responses: { 200: json('As they are now', fraudSettingsSchema), ...problems(...REFUSED) },
});
const replace = createRoute({
  method: 'put',
  path: '/v1/fraud/settings',
  operationId: 'replaceFraudSettings',
  tags,
  summary: 'Replaces the settings; orders that were assessed keep what was found. Older versions are kept',
  ...authorised('fraud.write'),
  request: {
    headers: z.object(ifMatchHeader(WORDS)),
    body: { required: true, content: { 'application/json': { schema: fraudSettingsInputSchema } } },
  },
  responses: {
    200: json('As they are now', fraudSettingsSchema),
    ...problems('precondition-failed', 'precondition-required', ...WRITE),
  },
});
const listDomains = createRoute({
  method: 'get',
  path: '/v1/fraud/mail-domains',
  operationId: 'listMailDomains',
  tags,
  summary: 'Domains of mailboxes the shop judges by itself, before the list it ships with',
  ...authorised('fraud.read'),
  request: { query: pageQuerySchema },
  responses: { 200: json('A page', mailDomainPageSchema), ...problems('invalid-cursor', ...REFUSED) },
});
const judge = createRoute({
  method: 'put',
  path: '/v1/fraud/mail-domains/{domain}',
  operationId: 'judgeMailDomain',
  tags,
  summary:
    'Says whether a domain is one of throw-away mailboxes; it counts for those below it too. Safe to repeat',
  ...authorised('fraud.write'),
  request: {
    params: z.object({ domain: mailDomainSchema }),
    body: { required: true, content: { 'application/json': { schema: mailDomainVerdictSchema } } },
  },
  responses: { 200: json('As it is now', mailDomainViewSchema), ...problems('conflict', ...WRITE) },
});

const positionSchema = z.strictObject({ domain: z.string().max(253) });

export function fraudSettingsRoutes(app: App<Env>): void {
  app.openapi(read, async (c) => {
    const settings = await ports(c.env).fraudSettings.read();
    c.header('etag', entityTag(settings));
    return c.json(settings, 200);
  });
  app.openapi(replace, async (c) => {
    const version = versionToMatch(c.req.valid('header')['if-match'], WORDS);
    const by = { userId: c.get('actor').userId, now: systemClock.now() };
    const written = await ports(c.env).fraudSettings.write(c.req.valid('json'), version, by);
    ruleBook.forget();
    if (written === null) {
      throw new Problem({ slug: 'precondition-failed', detail: 'Read them again and repeat the change.' });
    }
    c.header('etag', entityTag(written));
    return c.json(written, 200);
  });
  app.openapi(listDomains, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? '' : decodeCursor(positionSchema, cursor).domain;
    const found = await ports(c.env).fraudSettings.domains({ after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const next = found.length > limit ? encodeCursor({ domain: items.at(-1)?.domain ?? '' }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
  app.openapi(judge, async (c) => {
    const { domain } = c.req.valid('param');
    const by = { userId: c.get('actor').userId, now: systemClock.now() };
    const judged = await ports(c.env).fraudSettings.judge(domain, c.req.valid('json').verdict, by);
    ruleBook.forget();
    if (judged === null) {
      throw new Problem({ slug: 'conflict', detail: 'There are as many domains as there may be.' });
    }
    return c.json(judged, 200);
  });
}
