import { customerIdSchema } from '#shared/domain/customer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import {
  customerGroupInputSchema,
  customerGroupPageSchema,
  customerGroupSchema,
  groupMemberPageSchema,
} from '#shared/contracts/http/pricing-rules.ts';
import { groupHandleSchema } from '#shared/domain/pricing/group.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { newId } from '#shared/ids/ids.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import {
  addMember,
  listGroups,
  listMembers,
  removeGroup,
  removeMember,
  saveGroup,
} from '../rules/queries.ts';

const tags = ['Pricing'];
const path = '/v1/customer-groups';
const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const params = z.object({ handle: groupHandleSchema });
const memberParams = params.extend({ customerId: customerIdSchema });
const positionSchema = z.strictObject({ after: z.string().max(100) });

const list = createRoute({
  method: 'get',
  path,
  operationId: 'listCustomerGroups',
  tags,
  summary: 'Lists customer groups by handle',
  ...authorised('pricing.read'),
  request: { query: pageQuerySchema },
  responses: {
    200: json('A page of groups', customerGroupPageSchema),
    ...problems('invalid-cursor', ...REFUSED),
  },
});
const save = createRoute({
  method: 'put',
  path: `${path}/{handle}`,
  operationId: 'saveCustomerGroup',
  tags,
  summary: 'Makes a customer group, or gives it another title. Safe to repeat',
  ...authorised('pricing.write'),
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: customerGroupInputSchema.omit({ handle: true }).meta({ id: 'CustomerGroupTitle' }),
        },
      },
    },
  },
  responses: {
    200: json('The group', customerGroupSchema),
    ...problems('malformed-request', 'body-too-large', 'unsupported-media-type', ...REFUSED),
  },
});
const remove = createRoute({
  method: 'delete',
  path: `${path}/{handle}`,
  operationId: 'removeCustomerGroup',
  tags,
  summary: 'Takes a group away with its members; what is for it alone is for nobody then. Safe to repeat',
  ...authorised('pricing.write'),
  request: { params },
  responses: { 204: { description: 'It is gone' }, ...problems(...REFUSED) },
});
const members = createRoute({
  method: 'get',
  path: `${path}/{handle}/members`,
  operationId: 'listCustomerGroupMembers',
  tags,
  summary: 'Lists the customers of a group by id',
  ...authorised('pricing.read'),
  request: { params, query: pageQuerySchema },
  responses: {
    200: json('A page of customers', groupMemberPageSchema),
    ...problems('invalid-cursor', ...REFUSED),
  },
});
const join = createRoute({
  method: 'put',
  path: `${path}/{handle}/members/{customerId}`,
  operationId: 'addCustomerGroupMember',
  tags,
  summary: 'Puts a customer into a group. Safe to repeat',
  ...authorised('pricing.write'),
  request: { params: memberParams },
  responses: { 204: { description: 'The customer is in the group' }, ...problems('not-found', ...REFUSED) },
});
const leave = createRoute({
  method: 'delete',
  path: `${path}/{handle}/members/{customerId}`,
  operationId: 'removeCustomerGroupMember',
  tags,
  summary: 'Takes a customer out of a group. Safe to repeat',
  ...authorised('pricing.write'),
  request: { params: memberParams },
  responses: { 204: { description: 'The customer is not in the group' }, ...problems(...REFUSED) },
});

export function customerGroupRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? '' : decodeCursor(positionSchema, cursor).after;
    const found = await listGroups(c.env.COMMERCE_DB, { after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const next = found.length > limit ? encodeCursor({ after: items.at(-1)?.handle ?? '' }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
  app.openapi(save, async (c) => {
    const { handle } = c.req.valid('param');
    const { title } = c.req.valid('json');
    const group = { id: newId('customerGroup'), handle, title };
    return c.json((await saveGroup(c.env.COMMERCE_DB, group, systemClock.now())) ?? group, 200);
  });
  app.openapi(remove, async (c) => {
    await removeGroup(c.env.COMMERCE_DB, c.req.valid('param').handle);
    return c.body(null, 204);
  });
  app.openapi(members, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? '' : decodeCursor(positionSchema, cursor).after;
    const { handle } = c.req.valid('param');
    const found = await listMembers(c.env.COMMERCE_DB, { handle, after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const next = found.length > limit ? encodeCursor({ after: items.at(-1) ?? '' }) : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
  app.openapi(join, async (c) => {
    const { handle, customerId } = c.req.valid('param');
    if (!(await addMember(c.env.COMMERCE_DB, handle, customerId, systemClock.now())))
      throw new Problem({ slug: 'not-found', detail: 'There is no such group.' });
    return c.body(null, 204);
  });
  app.openapi(leave, async (c) => {
    const { handle, customerId } = c.req.valid('param');
    await removeMember(c.env.COMMERCE_DB, handle, customerId);
    return c.body(null, 204);
  });
}
