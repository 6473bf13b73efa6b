import { Hono, type Context } from 'hono';
import type { OrganisationBody } from '#shared/contracts/http/auth.ts';
import type {
  Connection,
  ConnectionList,
  OrganisationDomainList,
} from '#shared/contracts/http/federation.ts';
import { api, errorAt, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { apiPathOf, change, pagePathOf, read } from './organisation-page.ts';
import { NewConnection, OneConnection, OneDomain } from './organisation-provider-parts.tsx';
import { Field, RefusalNotice } from './parts.tsx';

const AT = '/sign-in';

/** How an organisation's members sign in by its own provider: domains that are proven, and connections. */
export const organisationProvider = new Hono<PageEnv>()
  .use(`/organisations/:id${AT}`, signedIn)
  .get(`/organisations/:id${AT}`, (c) => show(c, null))
  .post('/organisations/:id/domains', async (c) => {
    const { domain = '' } = await formOf(c);
    return changed(c, { method: 'POST', path: '/domains', body: { domain } });
  })
  .post('/organisations/:id/domains/:domain/:what{verify|remove}', (c) => {
    const path = `/domains/${encodeURIComponent(c.req.param('domain'))}`;
    return changed(
      c,
      c.req.param('what') === 'verify'
        ? { method: 'POST', path: `${path}/verify` }
        : { method: 'DELETE', path },
    );
  })
  .post('/organisations/:id/connections', async (c) => {
    const form = await formOf(c);
    return form['kind'] === 'saml' ? addSaml(c, form) : addOidc(c, form);
  })
  .post('/organisations/:id/connections/:connectionId', async (c) => {
    const form = await formOf(c);
    const path = connectionPath(c);
    const { settings, kind, name, version } = await read<Connection>(c, path);
    const joinAs = form['joinAs'] === '' ? null : form['joinAs'];
    return changed(c, {
      method: 'PUT',
      path,
      headers: { 'if-match': `"${version}"` },
      body: {
        kind,
        name,
        domains: domainsIn(form),
        settings: { ...settings, joinAs, enforced: form['enforced'] !== undefined },
      },
    });
  })
  .post('/organisations/:id/connections/:connectionId/remove', (c) =>
    changed(c, { method: 'DELETE', path: connectionPath(c) }),
  );

const connectionPath = (c: Context<PageEnv, '/:connectionId'>): string =>
  `/connections/${encodeURIComponent(c.req.param('connectionId'))}`;
const changed = (c: Context<PageEnv>, call: Parameters<typeof change>[1]) =>
  change(c, call, AT, (refusal) => show(c, refusal));

/** Boxes of domains that are ticked. */
const domainsIn = (form: Record<string, string>): string[] =>
  Object.keys(form).flatMap((name) => (name.startsWith('domain.') ? [name.slice('domain.'.length)] : []));

const addOidc = (c: Context<PageEnv>, form: Record<string, string>) =>
  changed(c, {
    method: 'POST',
    path: '/connections',
    body: {
      kind: 'oidc',
      name: form['name'] ?? '',
      domains: domainsIn(form),
      ...(form['secret'] === '' ? {} : { secret: form['secret'] }),
      settings: {
        issuer: form['issuer'] ?? '',
        clientId: form['clientId'] ?? '',
        emails: 'of_domains',
        joinAs: 'member',
        ...(form['secret'] === '' ? { clientAuthentication: 'none' } : {}),
      },
    },
  });

async function addSaml(c: Context<PageEnv>, form: Record<string, string>) {
  const told = await api<{ entityId: string; ssoUrl: string; certificates: string[] }>(c, {
    method: 'POST',
    path: `${apiPathOf(c)}/saml-metadata`,
    body: { url: form['url'] ?? '' },
  });
  if (!told.ok) return show(c, told.error);
  return changed(c, {
    method: 'POST',
    path: '/connections',
    body: {
      kind: 'saml',
      name: form['name'] ?? '',
      domains: domainsIn(form),
      settings: { ...told.value, mapping: { email: form['attribute'] || null }, joinAs: 'member' },
    },
  });
}

async function show(c: Context<PageEnv>, refusal: Refusal | null) {
  const [organisation, domains, connections] = await Promise.all([
    read<OrganisationBody>(c, ''),
    read<OrganisationDomainList>(c, '/domains'),
    read<ConnectionList>(c, '/connections'),
  ]);
  const path = pagePathOf(c);
  const proven = domains.items.filter(({ verifiedAt }) => verifiedAt !== null).map(({ domain }) => domain);
  return page(c, {
    title: `Sign-in for ${organisation.name}`,
    status: refusal === null ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>Sign-in for {organisation.name}</h1>
        <p>
          <a href={path}>Back to {organisation.name}</a>
        </p>
        <RefusalNotice refusal={refusal} />
        {refusal?.errors.map(({ detail, pointer }) => (
          <p class="error">
            {pointer} {detail}
          </p>
        ))}
        <h2>Domains</h2>
        <p>People with addresses of a proven domain are led to your provider.</p>
        <ul>
          {domains.items.map((item) => (
            <OneDomain item={item} path={`${path}/domains/${item.domain}`} />
          ))}
        </ul>
        <form method="post" action={`${path}/domains`}>
          <Field
            name="domain"
            label="Domain"
            placeholder="acme.example"
            error={errorAt(refusal, '/domain')}
            required
          />
          <button type="submit" class="plain">
            Add the domain
          </button>
        </form>
        <h2>Your providers</h2>
        {connections.items.map((item) => (
          <OneConnection item={item} proven={proven} path={`${path}/connections/${item.id}`} />
        ))}
        {proven.length === 0 ? (
          <p>Prove a domain first.</p>
        ) : (
          <NewConnection path={`${path}/connections`} proven={proven} />
        )}
      </div>
    ),
  });
}
