import { Hono, type Context } from 'hono';
import { errorAt, publicApi, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { safeReturnTo } from '../return-to.ts';
import { Challenge, challengeAnswer, challengeScripts } from './challenge.tsx';
import { page } from './layout.tsx';
import { Field, Notice, RefusalNotice } from './parts.tsx';
import { Elsewhere, listedProviders } from './sign-in-elsewhere.tsx';
import { afterSignIn } from './sign-in-code.tsx';

export const signIn = new Hono<PageEnv>()
  .get('/sign-in', (c) =>
    show(c, {
      returnTo: safeReturnTo(c.req.query('returnTo')),
      email: '',
      refusal: null,
      pass: c.req.query('pass'),
    }),
  )
  .post('/sign-in', async (c) => {
    const form = await formOf(c);
    const returnTo = safeReturnTo(form['returnTo']);
    const [email, password] = [form['email'] ?? '', form['password'] ?? ''];
    const answer = await publicApi(c, {
      method: 'POST',
      path: '/v1/auth/sign-in',
      body: { email, password },
      ...challengeAnswer(form),
    });
    if (!answer.ok) return show(c, { returnTo, email, refusal: answer.error });
    return afterSignIn(c, answer.value, returnTo);
  })
  .get('/sign-out', (c) =>
    page(c, {
      title: 'Sign out',
      children: (
        <form method="post" action="/sign-out" class="narrow">
          <h1>Sign out</h1>
          <button type="submit">Sign out</button>
        </form>
      ),
    }),
  )
  .post('/sign-out', async (c) => {
    const refreshToken = c.get('session').refreshToken();
    if (refreshToken !== undefined) {
      await publicApi(c, { method: 'POST', path: '/v1/auth/sign-out', body: { refreshToken } });
    }
    c.get('session').close();
    c.get('cart').forget();
    return c.redirect('/', 303);
  });

async function show(
  c: Context<PageEnv>,
  {
    returnTo,
    email,
    refusal,
    pass,
  }: { returnTo: string; email: string; refusal: Refusal | null; pass?: string | undefined },
) {
  const providers = await listedProviders(c);
  return page(c, {
    title: 'Sign in',
    status: refusal === null ? 200 : refusal.status === 429 ? 429 : 422,
    script: 'passkeys.js',
    ...challengeScripts(c, refusal),
    children: (
      <div class="narrow">
        <h1>Sign in</h1>
        {c.req.query('password') === 'changed' && <Notice kind="good">Your new password is set.</Notice>}
        <RefusalNotice refusal={refusal} />
        <div data-passkey-sign-in={returnTo} hidden>
          <p>
            <button type="button">Sign in with a passkey</button>
          </p>
          <p class="error" role="alert" hidden></p>
          <p class="soft">or with your password:</p>
        </div>
        <form method="post" action="/sign-in">
          <input type="hidden" name="returnTo" value={returnTo} />
          <Field
            name="email"
            label="E-mail address"
            type="email"
            autocomplete="username webauthn"
            value={email}
            error={errorAt(refusal, '/email')}
            required
          />
          <Field
            name="password"
            label="Password"
            type="password"
            autocomplete="current-password"
            error={errorAt(refusal, '/password')}
            required
          />
          <Challenge action="sign_in" refusal={refusal} pass={pass} />
          <button type="submit" class="plain">
            Sign in
          </button>
        </form>
        <Elsewhere providers={providers} returnTo={returnTo} />
        <p>
          <a href="/forgot-password">Forgotten your password?</a> ·{' '}
          <a href={`/email-code?returnTo=${encodeURIComponent(returnTo)}`}>Lost your passkey?</a> ·{' '}
          <a href={`/sign-in/company?returnTo=${encodeURIComponent(returnTo)}`}>Sign in with your company</a>{' '}
          · <a href="/sign-up">Sign up</a>
        </p>
      </div>
    ),
  });
}
