import { createRoute } from '@hono/zod-openapi';
import {
  domainSchema,
  organisationDomainInputSchema,
  organisationDomainListSchema,
  organisationDomainSchema,
} from '#shared/contracts/http/federation.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { BY_BODY, FOR_ONE, params, PATH, TAG } from '../../organisations/routes/parts.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import { recordName, recordValue } from '../domain-rules.ts';
import type { DomainRow } from '../queries/domains.ts';
import { claimDomain, listDomains, removeDomain, verifyDomain } from '../usecases/domains.ts';

const domainParams = params.extend({ domain: domainSchema });
const CHANGED = ['step-up-required', 'rate-limited', 'conflict'] as const;

const list = createRoute({
  method: 'get',
  path: `${PATH}/{id}/domains`,
  operationId: 'listOrganisationDomains',
  tags: TAG,
  summary: 'Domains that are, or are said to be, an organisation’s, at most 20',
  ...authorised('organisations.manage'),
  request: { params },
  responses: {
    200: json('Domains', organisationDomainListSchema),
    ...problems(...FOR_ONE, 'conflict'),
  },
});
const claim = createRoute({
  method: 'post',
  path: `${PATH}/{id}/domains`,
  operationId: 'claimOrganisationDomain',
  tags: TAG,
  summary: 'Say that a domain is the organisation’s; the answer tells the DNS record that proves it',
  ...authorised('organisations.identity'),
  request: { params, ...jsonBody(organisationDomainInputSchema) },
  responses: {
    201: json('The domain', organisationDomainSchema),
    ...problems(...BY_BODY, 'step-up-required', 'rate-limited'),
  },
});
const verify = createRoute({
  method: 'post',
  path: `${PATH}/{id}/domains/{domain}/verify`,
  operationId: 'verifyOrganisationDomain',
  tags: TAG,
  summary: 'Look for the record that proves a domain',
  description: 'It has to stay: we look each day, and the domain lapses a week after it was seen last.',
  ...authorised('organisations.identity'),
  request: { params: domainParams },
  responses: {
    200: json('The domain, proven', organisationDomainSchema),
    ...problems(...FOR_ONE, ...CHANGED, 'upstream-failed'),
  },
});
const remove = createRoute({
  method: 'delete',
  path: `${PATH}/{id}/domains/{domain}`,
  operationId: 'removeOrganisationDomain',
  tags: TAG,
  summary: 'Give a domain up; its people are led to the organisation’s provider no more',
  ...authorised('organisations.identity'),
  request: { params: domainParams },
  responses: { 204: { description: 'Done' }, ...problems(...FOR_ONE, ...CHANGED) },
});

const body = ({ domain, token, createdAt, verifiedAt, verifiedUntil }: DomainRow) => ({
  domain,
  verifiedAt: verifiedAt === null ? null : rfc3339(verifiedAt),
  verifiedUntil: verifiedUntil === null ? null : rfc3339(verifiedUntil),
  record: { type: 'TXT' as const, name: recordName(domain), value: recordValue(token) },
  createdAt: rfc3339(createdAt),
});

export const organisationDomainEndpoints: Endpoint = (app, wired) => {
  app.openapi(list, async (c) => {
    const manager = { actor: c.get('actor'), organisationId: c.req.valid('param').id };
    const found = valueOrProblem(await listDomains(wired(c).ports, manager));
    return c.json({ items: found.map(body) }, 200, NO_STORE);
  });
  app.openapi(claim, async (c) => {
    const { ports, caller } = wired(c);
    const manager = { actor: c.get('actor'), organisationId: c.req.valid('param').id };
    const claimed = await claimDomain(ports, caller, manager, c.req.valid('json').domain);
    return c.json(body(valueOrProblem(claimed)), 201, NO_STORE);
  });
  app.openapi(verify, async (c) => {
    const { ports, caller } = wired(c);
    const { id, domain } = c.req.valid('param');
    const manager = { actor: c.get('actor'), organisationId: id };
    return c.json(body(valueOrProblem(await verifyDomain(ports, caller, manager, domain))), 200, NO_STORE);
  });
  app.openapi(remove, async (c) => {
    const { ports, caller } = wired(c);
    const { id, domain } = c.req.valid('param');
    valueOrProblem(await removeDomain(ports, caller, { actor: c.get('actor'), organisationId: id }, domain));
    return c.body(null, 204);
  });
};
