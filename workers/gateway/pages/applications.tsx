import { Hono } from 'hono';
import type { ApplicationList } from '#shared/contracts/http/oauth.ts';
import { api, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Time } from './parts.tsx';

/** What a customer has agreed to, with the way to take it back. */
export const applications = new Hono<PageEnv>()
  .use('/account/applications', signedIn)
  .use('/account/applications/*', signedIn)
  .get('/account/applications', async (c) => {
    const { items } = valueOf(
      await api<ApplicationList>(c, { method: 'GET', path: '/v1/auth/applications' }),
    );
    return page(c, {
      title: 'Applications',
      children: (
        <div class="narrow">
          <h1>Applications with access</h1>
          {items.length === 0 && <p>You have given no application access to your account.</p>}
          {items.map((item) => (
            <section>
              <h2>{item.name}</h2>
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
        </div>
      ),
    });
  })
  .post('/account/applications/:id/withdraw', async (c) => {
    const path = `/v1/auth/applications/${encodeURIComponent(c.req.param('id'))}`;
    const answer = await api(c, { method: 'DELETE', path });
    // Withdrawn already, in another window: nothing is left to do.
    if (!answer.ok && answer.error.status !== 404) valueOf(answer);
    return c.redirect('/account/applications', 303);
  });
