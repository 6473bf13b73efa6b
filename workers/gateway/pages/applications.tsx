import { Hono, type Context } from 'hono';
import type { ApiKeyList, ApplicationList, SupportAccessList } from '#shared/contracts/http/oauth.ts';
import { api, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Time } from './parts.tsx';

/** Who beside the customer reaches the account: applications, keys, our staff; with the way to take it back. */
export const applications = new Hono<PageEnv>()
  .use('/account/applications', signedIn)
  .use('/account/applications/*', signedIn)
  .get('/account/applications', async (c) => {
    const [{ items }, keys, accesses] = await Promise.all([
      api<ApplicationList>(c, { method: 'GET', path: '/v1/auth/applications' }).then(valueOf),
      api<ApiKeyList>(c, { method: 'GET', path: '/v1/auth/api-keys' }).then(valueOf),
      api<SupportAccessList>(c, { method: 'GET', path: '/v1/auth/support-accesses' }).then(valueOf),
    ]);
    return page(c, {
      title: 'Who has access',
      children: (
        <div class="narrow">
          <h1>Who has access</h1>
          <h2>Applications</h2>
          {items.length === 0 && <p>You have given no application access to your account.</p>}
          {items.map((item) => (
            <section>
              <h3>{item.name}</h3>
              <p class="soft">since {<Time at={item.grantedAt} />}</p>
              <ul>
                {item.scopes.map(({ text }) => (
                  <li>{text}</li>
                ))}
              </ul>
              <form method="post" action={`/account/applications/${item.clientId}/withdraw`}>
                <button type="submit" class="plain">
                  Withdraw access of {item.name}
                </button>
              </form>
            </section>
          ))}
          <Keys items={keys.items} />
          <Accesses items={accesses.items} />
        </div>
      ),
    });
  })
  .post('/account/applications/:id/withdraw', (c) => remove(c, 'applications', c.req.param('id')))
  .post('/account/applications/keys/:id/revoke', (c) => remove(c, 'api-keys', c.req.param('id')));

async function remove(c: Context<PageEnv>, kind: 'applications' | 'api-keys', id: string) {
  const answer = await api(c, { method: 'DELETE', path: `/v1/auth/${kind}/${encodeURIComponent(id)}` });
  // Gone already, in another window: nothing is left to do.
  if (!answer.ok && answer.error.status !== 404) valueOf(answer);
  return c.redirect('/account/applications', 303);
}

const Keys = ({ items }: ApiKeyList) => (
  <>
    <h2>API keys</h2>
    {items.length === 0 && <p>You have no API key.</p>}
    <p>
      <a href="/account/api-keys/new">Make one</a>
    </p>
    <ul>
      {items.map((key) => (
        <li>
          {key.name} <code>{key.prefix}…</code>{' '}
          <span class="soft">
            {key.scopes.join(' ')}, last used{' '}
            {key.lastUsedAt === null ? 'never' : <Time at={key.lastUsedAt} />}
          </span>
          <form method="post" action={`/account/applications/keys/${key.id}/revoke`}>
            <button type="submit" class="link">
              Revoke {key.name}
            </button>
          </form>
        </li>
      ))}
    </ul>
  </>
);

const Accesses = ({ items }: SupportAccessList) => (
  <>
    <h2>Our staff</h2>
    {items.length === 0 && <p>None of our staff has looked at your account as you see it.</p>}
    <ul>
      {items.map((access) => (
        <li>
          {<Time at={access.at} />}: {access.reason} <span class="soft">({access.scopes.join(' ')})</span>
        </li>
      ))}
    </ul>
  </>
);
