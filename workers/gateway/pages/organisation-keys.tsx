import { Hono, type Context } from 'hono';
import { ORGANISATION_KEY_SCOPES } from '#shared/auth/permissions.ts';
import type { OrganisationBody } from '#shared/contracts/http/auth.ts';
import type { ApiKeyList } from '#shared/contracts/http/oauth.ts';
import { api, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { keyIn, KeyFields, ShownKey } from './api-key-form.tsx';
import { apiPathOf, change, pagePathOf, read } from './organisation-page.ts';
import { RefusalNotice, Time } from './parts.tsx';

/** Keys of an organisation: programs that act for it, whoever made them. */
export const organisationKeys = new Hono<PageEnv>()
  .use('/organisations/:id/keys', signedIn)
  .get('/organisations/:id/keys', (c) => show(c, null, {}))
  .post('/organisations/:id/keys', async (c) => {
    const form = await formOf(c);
    const made = await api<{ name: string; key: string }>(c, {
      method: 'POST',
      path: `${apiPathOf(c)}/api-keys`,
      body: keyIn(form),
    });
    if (!made.ok) return show(c, made.error, form);
    const { name, key } = made.value;
    return page(c, {
      title: 'Your new API key',
      children: <ShownKey name={name} secret={key} where={`${pagePathOf(c)}/keys`} />,
    });
  })
  .post('/organisations/:id/keys/:keyId/revoke', (c) => {
    const path = `/api-keys/${encodeURIComponent(c.req.param('keyId'))}`;
    return change(c, { method: 'DELETE', path }, '/keys', (refusal) => show(c, refusal, {}));
  });

async function show(c: Context<PageEnv>, refusal: Refusal | null, form: Record<string, string>) {
  const [organisation, keys] = await Promise.all([
    read<OrganisationBody>(c, ''),
    read<ApiKeyList>(c, '/api-keys'),
  ]);
  const path = pagePathOf(c);
  return page(c, {
    title: `API keys of ${organisation.name}`,
    status: refusal === null ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>API keys of {organisation.name}</h1>
        <p>
          <a href={path}>Back to {organisation.name}</a>
        </p>
        <RefusalNotice refusal={refusal} />
        {keys.items.length === 0 && <p>There is none.</p>}
        <ul>
          {keys.items.map((key) => (
            <li>
              {key.name} <code>{key.prefix}…</code>{' '}
              <span class="soft">
                {key.scopes.join(' ')}, last used{' '}
                {key.lastUsedAt === null ? 'never' : <Time at={key.lastUsedAt} />}
              </span>
              <form method="post" action={`${path}/keys/${key.id}/revoke`}>
                <button type="submit" class="link">
                  Revoke {key.name}
                </button>
              </form>
            </li>
          ))}
        </ul>
        <h2>Make one</h2>
        <form method="post" action={`${path}/keys`}>
          <KeyFields scopes={ORGANISATION_KEY_SCOPES} form={form} refusal={refusal} />
          <button type="submit">Make the key</button>
        </form>
      </div>
    ),
  });
}
