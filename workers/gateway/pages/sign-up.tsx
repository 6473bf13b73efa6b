import { Hono, type Context } from 'hono';
import { errorAt, publicApi, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { tokensSchema } from '../session.ts';
import { Challenge, challengeAnswer, challengeScripts } from './challenge.tsx';
import { page } from './layout.tsx';
import { Field, isLinkRefused, LinkRefused, Notice, RefusalNotice } from './parts.tsx';

/** Passwords: shortest accepted, NIST SP 800-63B-4 §3.1.1.2 for a single factor. */
export const PASSWORD_LENGTH_MIN = 15;

export const signUp = new Hono<PageEnv>()
  .get('/sign-up', (c) => showSignUp(c, '', null, c.req.query('pass')))
  .post('/sign-up', async (c) => {
    const form = await formOf(c);
    const email = form['email'] ?? '';
    const call = { method: 'POST', path: '/v1/auth/sign-up', body: { email } } as const;
    const answer = await publicApi(c, { ...call, ...challengeAnswer(form) });
    if (!answer.ok) return showSignUp(c, email, answer.error);
    return page(c, {
      title: 'Look into your mailbox',
      children: (
        <>
          <h1>Look into your mailbox</h1>
          <p>We have sent a message to {email}. Open the link in it to go on.</p>
        </>
      ),
    });
  })
  .get('/verify-email', (c) => {
    const token = c.req.query('token') ?? '';
    return token === '' ? c.redirect('/sign-up', 303) : showVerify(c, token, null);
  })
  .post('/verify-email', async (c) => {
    const form = await formOf(c);
    const token = form['token'] ?? '';
    if (token === '') return c.redirect('/sign-up', 303);
    const withPassword = form['choice'] === 'password';
    const body = withPassword ? { token, password: form['password'] ?? '' } : { token };
    const answer = await publicApi(c, { method: 'POST', path: '/v1/auth/verify-email', body });
    if (!answer.ok) return showVerify(c, token, answer.error);
    c.get('session').open(tokensSchema.parse(answer.value));
    // What was put in before signing up waits.
    const next = c.get('cart').items > 0 ? '/cart' : '/';
    return c.redirect(withPassword ? next : '/account?welcome=1', 303);
  });

function showSignUp(c: Context<PageEnv>, email: string, refusal: Refusal | null, pass?: string) {
  return page(c, {
    title: 'Sign up',
    status: refusal === null ? 200 : 422,
    ...challengeScripts(c, refusal),
    children: (
      <div class="narrow">
        <h1>Sign up</h1>
        <RefusalNotice refusal={refusal} />
        <form method="post" action="/sign-up">
          <Field
            name="email"
            label="E-mail address"
            type="email"
            autocomplete="email"
            value={email}
            error={errorAt(refusal, '/email')}
            required
          />
          <Challenge action="sign_up" refusal={refusal} pass={pass} />
          <button type="submit">Send me a link</button>
        </form>
        <p>
          You have an account? <a href="/sign-in">Sign in</a>
        </p>
      </div>
    ),
  });
}

function showVerify(c: Context<PageEnv>, token: string, refusal: Refusal | null) {
  return page(c, {
    title: 'Your new account',
    status: refusal === null ? 200 : 422,
    script: 'passkeys.js',
    children: isLinkRefused(refusal) ? (
      <div class="narrow">
        <h1>Your new account</h1>
        <LinkRefused again="/sign-up" />
      </div>
    ) : (
      <div class="narrow">
        <h1>Your new account</h1>
        <RefusalNotice refusal={refusal} />
        <p>How do you want to sign in from now on?</p>
        <form method="post" action="/verify-email" class="panel">
          <input type="hidden" name="token" value={token} />
          <h2>With a passkey</h2>
          <p>Your fingerprint, face or screen lock. Nothing to remember, nothing to steal.</p>
          <button type="submit" name="choice" value="passkey">
            Use a passkey
          </button>
          <div data-passkey-missing hidden>
            <Notice>This browser has no passkeys; choose a password.</Notice>
          </div>
          <noscript>
            <Notice>Passkeys need JavaScript; choose a password.</Notice>
          </noscript>
        </form>
        <form method="post" action="/verify-email" class="panel">
          <input type="hidden" name="token" value={token} />
          <h2>With a password</h2>
          <Field
            name="password"
            label="Password"
            type="password"
            autocomplete="new-password"
            minlength={PASSWORD_LENGTH_MIN}
            hint={`At least ${PASSWORD_LENGTH_MIN} characters; a few words are fine.`}
            error={errorAt(refusal, '/password')}
            required
          />
          <button type="submit" name="choice" value="password" class="plain">
            Use a password
          </button>
        </form>
      </div>
    ),
  });
}
