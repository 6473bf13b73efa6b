import { createRoute, z } from '@hono/zod-openapi';
import {
  fraudRuleInputSchema,
  fraudRuleSchema,
  fraudRuleVersionsSchema,
} from '#shared/contracts/http/fraud.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { ruleRoutes } from '#shared/rules/rule-routes.ts';
import { ruleBook } from '#objects/fraud/of-env.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { FRAUD_RULES } from '../rules/fraud.ts';

const versions = createRoute({
  method: 'get',
  path: '/v1/fraud/rules/{id}/versions',
  operationId: 'listFraudRuleVersions',
  tags: ['Fraud'],
  summary: 'Who set what of a rule, and when; newest first',
  ...authorised('fraud.read'),
  request: { params: z.object({ id: idSchema('fraudRule') }) },
  responses: {
    200: json('The versions', fraudRuleVersionsSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

/** What makes an order suspicious. */
export function fraudRuleRoutes(app: App<Env>): void {
  ruleRoutes(app, {
    path: '/v1/fraud/rules',
    tag: 'Fraud',
    name: 'FraudRule',
    words: 'a fraud rule',
    idKind: 'fraudRule',
    input: fraudRuleInputSchema,
    view: fraudRuleSchema,
    kind: FRAUD_RULES,
    database: (env) => env.COMMERCE_DB,
    permissions: { read: 'fraud.read', write: 'fraud.write' },
    changed: () => ruleBook.forget(),
  });
  app.openapi(versions, async (c) => {
    const items = await ports(c.env).fraudSettings.versions(c.req.valid('param').id);
    if (items.length === 0) throw new Problem({ slug: 'not-found', detail: 'There is no such fraud rule.' });
    return c.json({ items }, 200);
  });
}
