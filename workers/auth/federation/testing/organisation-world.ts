import type { z } from 'zod';
import {
  connectionSchema,
  organisationDomainSchema,
  type connectionInputSchema,
} from '#shared/contracts/http/federation.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../../env.ts';
import { organisationsWorld, type Organisation, type Person } from '../../organisations/testing.ts';
import { testDomainNames } from '../../testing/domain-names.ts';
import { authWorld, parsed } from '../../testing/harness.ts';
import { federationWorld } from './federation-world.ts';

type Input = z.input<typeof connectionInputSchema>;

/** Organisations with identity providers of their own, and the domain name system that proves their domains. */
export function organisationProviders() {
  const names = testDomainNames();
  const auth = authWorld({ ...workerEnv<Env>(), DNS_API_BASE: names.base }, { fetch: names.fetch });
  const people = organisationsWorld(auth);
  const federation = federationWorld(auth);
  const newDomain = (): string => `${crypto.randomUUID()}.test`;

  const claim = (to: Organisation, domain: string, by: Person = to.owner): Promise<Response> =>
    people.as(by, `/${to.id}/domains`, { body: { domain } });
  const verify = (to: Organisation, domain: string, by: Person = to.owner): Promise<Response> =>
    people.as(by, `/${to.id}/domains/${domain}/verify`, { method: 'POST' });
  /** Says that a domain is the organisation's, and puts the record where it proves it. */
  async function claimed(to: Organisation, domain: string) {
    const { record } = await parsed(await claim(to, domain), organisationDomainSchema);
    names.put(record.name, record.value);
    return record;
  }
  async function proven(to: Organisation, domain = newDomain()): Promise<string> {
    await claimed(to, domain);
    await parsed(await verify(to, domain), organisationDomainSchema);
    return domain;
  }

  const add = (to: Organisation, body: Input, by: Person = to.owner): Promise<Response> =>
    people.as(by, `/${to.id}/connections`, { body });
  const connected = async (to: Organisation, body: Input) => parsed(await add(to, body), connectionSchema);
  const put = (
    to: Organisation,
    { id, version }: { id: string; version: number },
    body: Input,
    by: Person = to.owner,
  ): Promise<Response> =>
    people.as(by, `/${to.id}/connections/${id}`, {
      method: 'PUT',
      body,
      headers: { 'if-match': `"${version}"` },
    });

  return { ...people, ...federation, names, newDomain, claim, claimed, verify, proven, add, connected, put };
}
