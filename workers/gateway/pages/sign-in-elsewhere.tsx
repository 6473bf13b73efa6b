import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { Arrived, ProviderList } from '#shared/contracts/http/federation.ts';
import { randomSecret } from '#shared/crypto/bytes.ts';
import { Problem } from '#shared/http/problems.ts';
import { api, publicApi, Refused, valueOf, type Answer, type Refusal } from '../api.ts';
import { browserCart } from '../cart-cookie.ts';
import { coarseLimit } from '../coarse-limit.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { safeReturnTo } from '../return-to.ts';
import { cookieOptions, cookieSession, readCookie } from '../session.ts';
import { page } from './layout.tsx';
import { onward } from './onward.tsx';
import { Field, RefusalNotice } from './parts.tsx';
import { afterSignIn, PROVIDER_CHALLENGE_COOKIE } from './sign-in-code.tsx';

type Provider = ProviderList['items'][number];

const BROWSER_COOKIE = 'federation';
/** As long as the authentication service waits for somebody to come back. */
const BROWSER_SECONDS = 600;
/** A SAML response and its envelope. */
const ANSWER_BYTES_MAX = 60_000;

export const listedProviders = async (c: Context<PageEnv>): Promise<Provider[]> =>
  valueOf(await publicApi<ProviderList>(c, { method: 'GET', path: '/v1/auth/federation' })).items;

/** Links, not forms: a browser follows no redirect to another site from a form of ours (CSP `form-action`). */
export const Elsewhere = (props: { providers: readonly Provider[]; returnTo: string; fresh?: boolean }) => {
  const query = new URLSearchParams({ returnTo: props.returnTo, ...(props.fresh ? { fresh: '1' } : {}) });
  return (
    <>
      {props.providers.map(({ id, name }) => (
        <p>
          <a class="button plain" rel="nofollow" href={`/sign-in/with/${id}?${query.toString()}`}>
            Continue with {name}
          </a>
        </p>
      ))}
    </>
  );
};

/** What binds the provider's answer to this browser; one for all that it has under way. */
export function browserSecret(c: Context<PageEnv>): string {
  const kept = /^[\w-]{43}$/.exec(readCookie(c, BROWSER_COOKIE) ?? '')?.[0];
  const secret = kept ?? randomSecret();
  setCookie(c, BROWSER_COOKIE, secret, cookieOptions(c.env.PUBLIC_ORIGIN, BROWSER_SECONDS));
  return secret;
}

const pathOf = (c: Context<PageEnv, '/:id'>, step: 'start' | 'callback'): string =>
  `/v1/auth/federation/${encodeURIComponent(c.req.param('id'))}/${step}`;

/** Signing in at an identity provider, and coming back from it. */
export const signInElsewhere = new Hono<PageEnv>()
  .get('/sign-in/with/:id', async (c) => {
    const returnTo = safeReturnTo(c.req.query('returnTo'));
    const challengeId = readCookie(c, PROVIDER_CHALLENGE_COOKIE);
    const body = {
      browser: browserSecret(c),
      returnTo,
      fresh: c.req.query('fresh') === '1',
      ...(challengeId === undefined ? {} : { challengeId }),
    };
    if (challengeId !== undefined) {
      deleteCookie(c, PROVIDER_CHALLENGE_COOKIE, cookieOptions(c.env.PUBLIC_ORIGIN, 0));
    }
    const answer = await publicApi<{ location: string }>(c, {
      method: 'POST',
      path: pathOf(c, 'start'),
      body,
    });
    return answer.ok ? c.redirect(answer.value.location, 303) : refused(c, answer.error);
  })
  .get('/sign-in/company', (c) => showCompany(c, safeReturnTo(c.req.query('returnTo')), null, ''))
  .post('/sign-in/company', async (c) => {
    const form = await formOf(c);
    const returnTo = safeReturnTo(form['returnTo']);
    const email = form['email'] ?? '';
    const path = '/v1/auth/federation/route';
    const answer = await publicApi<{ connection: Provider | null }>(c, {
      method: 'POST',
      path,
      body: { email },
    });
    const found = answer.ok ? answer.value.connection : null;
    if (found === null) return showCompany(c, returnTo, answer.ok ? NO_COMPANY : answer.error, email);
    const query = new URLSearchParams({ returnTo });
    return onward(c, `/sign-in/with/${found.id}?${query.toString()}`, found.name);
  })
  .get('/sign-in/callback/:id', (c) => arrive(c, new URL(c.req.url).search.slice(1)))
  // By a form of our own, which `providerByPost` made of the provider's.
  .post('/sign-in/callback/:id/again', async (c) => arrive(c, (await formOf(c))['parameters'] ?? ''));

async function arrive(c: Context<PageEnv, '/:id'>, parameters: string) {
  const body = { browser: readCookie(c, BROWSER_COOKIE) ?? '', parameters };
  if (body.browser === '' || parameters === '') return refused(c, SPENT);
  const answer = await finished(c, { method: 'POST', path: pathOf(c, 'callback'), body });
  if (!answer.ok) return refused(c, answer.error);
  const { returnTo } = answer.value;
  return answer.value.status === 'linked'
    ? c.redirect('/account?linked=1', 303)
    : afterSignIn(c, answer.value.signedIn, safeReturnTo(returnTo));
}

/** As whoever is signed in, for an identity to be linked; a session that has ended is none. */
async function finished(
  c: Context<PageEnv>,
  call: { method: 'POST'; path: string; body: object },
): Promise<Answer<Arrived>> {
  const answer = await api<Arrived>(c, call);
  const isSignedOut = !answer.ok && answer.error.type === '/problems/unauthenticated';
  return isSignedOut ? publicApi<Arrived>(c, call) : answer;
}

/**
 * Some providers send people back by a form of theirs (SAML, Apple). It comes from another site, so the browser brings no
 * cookies with it: our own page sends the same again.
 */
export const providerByPost = new Hono<PageEnv>().post(
  '/sign-in/callback/:id',
  coarseLimit,
  bodyLimit({
    maxSize: ANSWER_BYTES_MAX,
    onError: () => {
      throw new Problem({ slug: 'body-too-large', detail: `At most ${ANSWER_BYTES_MAX} bytes.` });
    },
  }),
  async (c) => {
    c.set('session', cookieSession(c));
    c.set('cart', browserCart(c));
    const parameters = await c.req.text();
    return page(c, {
      title: 'One moment',
      script: 'go-on.js',
      children: (
        <form
          method="post"
          action={`/sign-in/callback/${encodeURIComponent(c.req.param('id'))}/again`}
          class="narrow"
          data-go-on
        >
          <h1>One moment</h1>
          <input type="hidden" name="parameters" value={parameters} />
          <button type="submit">Go on</button>
        </form>
      ),
    });
  },
);

const NOTHING = { requestId: '', errors: [] };
const SPENT: Refusal = {
  ...NOTHING,
  type: '/problems/gone',
  title: 'This has expired',
  status: 410,
  detail: 'This sign-in was finished, has expired or was begun in another browser. Begin again.',
};
const NO_COMPANY: Refusal = {
  ...NOTHING,
  type: 'about:blank',
  title: 'Not found',
  status: 422,
  detail: 'No company of this domain signs in here. Sign in another way',
};

function refused(c: Context<PageEnv>, refusal: Refusal) {
  if (refusal.status === 404) throw new Refused(refusal);
  return page(c, {
    title: 'Sign in',
    status: refusal.status === 429 || refusal.status === 502 ? refusal.status : 422,
    children: (
      <div class="narrow">
        <h1>You are not signed in</h1>
        <RefusalNotice refusal={refusal} />
        <p>
          <a href="/sign-in">Go to the sign-in page</a> · <a href="/email-code">Get a code by mail</a>
        </p>
      </div>
    ),
  });
}

function showCompany(c: Context<PageEnv>, returnTo: string, refusal: Refusal | null, email: string) {
  return page(c, {
    title: 'Sign in with your company',
    status: refusal === null ? 200 : refusal.status === 429 ? 429 : 422,
    children: (
      <form method="post" action="/sign-in/company" class="narrow">
        <h1>Sign in with your company</h1>
        <RefusalNotice refusal={refusal} />
        <input type="hidden" name="returnTo" value={returnTo} />
        <Field
          name="email"
          label="E-mail address at work"
          type="email"
          autocomplete="email"
          value={email}
          required
        />
        <button type="submit">Go on</button>
      </form>
    ),
  });
}
