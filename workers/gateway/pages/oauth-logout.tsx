import { Hono, type Context } from 'hono';
import type { LogoutAnswer } from '#shared/contracts/http/oauth.ts';
import { publicApi, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { page } from './layout.tsx';
import { onward } from './onward.tsx';
import { Notice } from './parts.tsx';

const FIELDS = {
  id_token_hint: 'idTokenHint',
  client_id: 'clientId',
  post_logout_redirect_uri: 'postLogoutRedirectUri',
  state: 'state',
} as const;

/** Where applications send their users to sign out here as well (OIDC RP-Initiated Logout 1.0). The user is asked. */
export const oauthLogout = new Hono<PageEnv>()
  .get('/oauth/logout', async (c) => {
    const query = new URL(c.req.url).search.slice(1);
    const logout = await check(c, query, false);
    return c.get('session').present ? confirmPage(c, query, logout) : done(c, logout);
  })
  .post('/oauth/logout/confirm', async (c) => {
    const query = (await formOf(c))['query'] ?? '';
    const refreshToken = c.get('session').refreshToken();
    if (refreshToken !== undefined) {
      await publicApi(c, { method: 'POST', path: '/v1/auth/sign-out', body: { refreshToken } });
    }
    const logout = await check(c, query, true);
    c.get('session').close();
    c.get('cart').forget();
    return done(c, logout);
  });

async function check(c: Context<PageEnv>, query: string, end: boolean): Promise<LogoutAnswer> {
  const sent = new URLSearchParams(query);
  const body = Object.fromEntries(
    Object.entries(FIELDS).flatMap(([name, field]) => {
      const value = sent.get(name);
      return value === null || value === '' ? [] : [[field, value]];
    }),
  );
  return valueOf(
    await publicApi<LogoutAnswer>(c, { method: 'POST', path: '/v1/oauth/logouts', body: { ...body, end } }),
  );
}

const done = (c: Context<PageEnv>, logout: LogoutAnswer) =>
  logout.location === null
    ? page(c, {
        title: 'Signed out',
        children: (
          <div class="narrow">
            <h1>Signed out</h1>
            <Notice kind="good">You are signed out.</Notice>
          </div>
        ),
      })
    : onward(c, logout.location, logout.application ?? 'the application');

function confirmPage(c: Context<PageEnv>, query: string, logout: LogoutAnswer) {
  return page(c, {
    title: 'Sign out',
    children: (
      <form method="post" action="/oauth/logout/confirm" class="narrow">
        <h1>Sign out</h1>
        <p>{logout.application ?? 'An application'} asks to sign you out of this shop as well.</p>
        <input type="hidden" name="query" value={query} />
        <button type="submit">Sign out</button> <a href="/">Stay signed in</a>
      </form>
    ),
  });
}
