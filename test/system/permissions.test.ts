import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PublicJwk } from '#shared/contracts/auth.ts';
import { allows, type Permission, type Role, ROLES } from '#shared/auth/permissions.ts';
import type { Tokens } from '../../scripts/lib/accounts.ts';
import { api } from '../../scripts/lib/api.ts';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { World } from '../../scripts/scenarios/world.ts';
import { type Belongings, belongingsOf } from './permissions/belongings.ts';
import { type Firm, newFirm } from './permissions/firm.ts';
import { peopleOf, serviceOf } from './permissions/people.ts';
import { pathOf, requestOf, type Route, ROUTES } from './permissions/routes.ts';
import { forgeries } from './permissions/tokens.ts';

/**
 * Every route of the API document × nobody, forged tokens, each role, a service, another customer. A new route is tried without a
 * word here; one that does not say who may call it, or whose objects nobody made in `belongings.ts`, fails.
 */
const ALL_ROLES = Object.keys(ROLES) as Role[];
const secrets = newSecrets();
const signIns = newSignIns();
let system: System;
let newPerson: (role: Role) => Promise<Tokens>;
let people: Record<Role, Tokens>;
let owner: Tokens;
let belongings: Belongings;
let firm: Firm;
let forged: Record<string, string>;
/** A service that may do this and nothing else. */
const SERVICE_SCOPE: Permission = 'products.write';
let service: string;

beforeAll(async () => {
  system = await startSystem({ secrets, seed: signIns });
  const world = new World({ ...system, secrets, signIns, onStep: () => undefined });
  newPerson = await peopleOf(system, signIns);
  const made = await Promise.all(ALL_ROLES.map(async (role) => [role, await newPerson(role)] as const));
  people = Object.fromEntries(made) as Record<Role, Tokens>;
  owner = await world.newCustomer();
  belongings = await belongingsOf(world, owner, people.admin);
  firm = await newFirm(world);
  service = await serviceOf(system, people.admin, [SERVICE_SCOPE]);
  const { keys } = await api<{ keys: PublicJwk[] }>(system.origin, 'GET /.well-known/jwks.json');
  forged = await forgeries(people.customer, keys[0] as PublicJwk);
});
afterAll(() => system.stop());

interface Answer {
  status: number;
  /** Slug of the problem; empty when there is none. */
  problem: string;
  text: string;
}

async function call(
  route: Route,
  path: string,
  authorization: string | null,
  sent: { headers: Record<string, string>; body?: string },
): Promise<Answer> {
  const response = await fetch(system.origin + path, {
    method: route.method,
    redirect: 'manual',
    headers: {
      ...sent.headers,
      // Each from a network address of its own, so that no limit stands in front of the answer.
      'cf-connecting-ip': `10.${[...randomBytes(3)].join('.')}`,
      ...(authorization === null ? {} : { authorization }),
    },
    ...(sent.body === undefined ? {} : { body: sent.body }),
  });
  // A stream of events would not end.
  const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true;
  const text = isStream ? '' : await response.text();
  await response.body?.cancel().catch(() => undefined);
  const problem = /"type":"\/problems\/([\w-]+)"/.exec(text)?.[1] ?? '';
  return { status: response.status, problem, text };
}

/** A request that changes nothing whoever sends it: nothing has its ids, and its body is refused. */
function harmless(route: Route): { headers: Record<string, string>; body?: string } {
  const { headers } = requestOf(route);
  return route.operation.requestBody === undefined
    ? { headers }
    : { headers: { ...headers, 'content-type': 'application/json' }, body: '{"no such field":1}' };
}

const isTaken = (answer: Answer): boolean =>
  answer.status < 500 && !['unauthenticated', 'forbidden'].includes(answer.problem);
const told = ({ status, problem }: Answer): string => `${status} ${problem}`;

async function strangersRefused(route: Route): Promise<string[]> {
  const { access } = route;
  if (access === null) return ['says neither authorised(…), authorisedOrGuest(…) nor open(…)'];
  const wrong: string[] = [];
  const without = await call(route, pathOf(route), null, harmless(route));
  if (access.kind === 'open') {
    // What it asks for instead of a permission, it refuses in its own words.
    if (without.status >= 500 || without.problem === 'forbidden') wrong.push(`open: ${told(without)}`);
  } else if (access.kind === 'token') {
    if (told(without) !== '401 unauthenticated') wrong.push(`without a token: ${told(without)}`);
  } else if (!isTaken(without)) {
    wrong.push(`for guests, but without a token: ${told(without)}`);
  } else if (access.needsRight && without.status < 400) {
    wrong.push(`without any right: ${told(without)}`);
  }
  if (access.kind === 'open') return wrong;
  await Promise.all(
    Object.entries(forged).map(async ([what, authorization]) => {
      const answer = await call(route, pathOf(route), authorization, harmless(route));
      if (told(answer) !== '401 unauthenticated') wrong.push(`${what}: ${told(answer)}`);
    }),
  );
  return wrong;
}

async function rolesTold(route: Route): Promise<string[]> {
  if (route.access === null || route.access.kind === 'open') return [];
  const { permissions } = route.access;
  const wrong = await Promise.all(
    ALL_ROLES.map(async (role) => {
      const may = permissions.some((permission) => allows([role], permission));
      const tokens = may && actsOnCaller(route) ? await newPerson(role) : people[role];
      const answer = await call(route, pathOf(route), `Bearer ${tokens.accessToken}`, harmless(route));
      const right = may ? isTaken(answer) : told(answer) === '403 forbidden';
      return right ? [] : [`${role} ${may ? 'may' : 'may not'}: ${told(answer)}`];
    }),
  );
  const mayService = permissions.includes(SERVICE_SCOPE);
  const answer = await call(route, pathOf(route), `Bearer ${service}`, harmless(route));
  const right = mayService ? isTaken(answer) : told(answer) === '403 forbidden';
  return [...wrong.flat(), ...(right ? [] : [`a service for ${SERVICE_SCOPE}: ${told(answer)}`])];
}

/** Names no object and takes no body, so it cannot be tried without doing it: to an account that is needed no more. */
const actsOnCaller = ({ method, template, operation }: Route): boolean =>
  method !== 'GET' && template.startsWith('/v1/auth/') && !template.includes('{') && !operation.requestBody;

const forCustomers = ROUTES.filter(
  ({ access }) =>
    access !== null &&
    access.kind !== 'open' &&
    access.permissions.some((permission) => allows(['customer'], permission)),
);
/** What a path names that is nobody's own: everybody may sign in by a provider. */
const EVERYBODYS = /^\/v1\/auth\/federation\/\{connection\}\//;
const ofOne = forCustomers.filter(({ template }) => template.includes('{') && !EVERYBODYS.test(template));
const ofMany = forCustomers.filter(({ template, method }) => !template.includes('{') && method === 'GET');

function owned(route: Route, by: Belongings = belongings): string {
  return pathOf(route, (upToParameter) => {
    const id = by[upToParameter];
    if (id === undefined || id === '') {
      throw new Error(`make a ${upToParameter} of the owner’s in test/system/permissions/belongings.ts`);
    }
    return id;
  });
}

describe('every route', () => {
  it.each(ROUTES.map((route) => [route.name, route] as const))(
    '%s refuses strangers, and each role without the permission',
    async (_name, route) => {
      expect([...(await strangersRefused(route)), ...(await rolesTold(route))]).toEqual([]);
    },
  );
});

/** What can be an organisation's; carts are a person's own. */
const ofFirms = ofOne.filter(({ template }) => /^\/v1\/(orders|instances)\//.test(template));

describe('what belongs to an organisation', () => {
  it.each(ofFirms.map((route) => [route.name, route] as const))(
    '%s is there for those alone who act for it',
    async (_name, route) => {
      const path = owned(route, { ...belongings, ...firm.belongings });
      const ask = (who: Tokens) => call(route, path, `Bearer ${who.accessToken}`, requestOf(route));
      for (const [who, tokens] of Object.entries(firm.strangers)) {
        const answer = await ask(tokens);
        expect(told(answer) === '404 not-found' ? [] : [who, answer]).toEqual([]);
      }
      const answer = await ask(firm.colleague);
      expect(isTaken(answer) && answer.status !== 404 ? [] : [answer]).toEqual([]);
    },
  );
});

describe('what belongs to a customer', () => {
  it.each(ofOne.map((route) => [route.name, route] as const))(
    '%s is not there for another one, as if it did not exist',
    async (_name, route) => {
      const answer = await call(
        route,
        owned(route),
        `Bearer ${people.customer.accessToken}`,
        requestOf(route),
      );
      expect(told(answer) === '404 not-found' ? [] : [answer]).toEqual([]);
    },
  );

  it.each(ofMany.map((route) => [route.name, route] as const))(
    '%s lists nothing of it to another one',
    async (_name, route) => {
      const answer = await call(
        route,
        pathOf(route),
        `Bearer ${people.customer.accessToken}`,
        requestOf(route),
      );
      const ids = [...Object.values(belongings).filter((id) => id.includes('_')), owner.user.id];
      expect(ids.filter((id) => answer.text.includes(id))).toEqual([]);
    },
  );

  it.each(ofOne.map((route) => [route.name, route] as const))(
    '%s is there for its owner, so that the 404 of the other one says something',
    async (_name, route) => {
      const answer = await call(route, owned(route), `Bearer ${owner.accessToken}`, requestOf(route));
      expect(isTaken(answer) && answer.status !== 404 ? [] : [answer]).toEqual([]);
    },
  );
});
