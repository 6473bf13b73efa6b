import { Hono, type Context } from 'hono';
import { errorAt, publicApi, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { safeReturnTo } from '../return-to.ts';
import { Challenge, challengeAnswer, challengeScripts } from './challenge.tsx';
import { page } from './layout.tsx';
import { Field, RefusalNotice } from './parts.tsx';
import { afterSignIn } from './sign-in-code.tsx';

/** Signing in by a code in one's mailbox: for whoever has lost the passkey, or never had a password. */
export const emailCode = new Hono<PageEnv>()
  .get('/email-code', (c) =>
    showAsk(
      c,
      { returnTo: safeReturnTo(c.req.query('returnTo'), '/account'), email: '', pass: c.req.query('pass') },
      null,
    ),
  )
  .post('/email-code', async (c) => {
    const form = await formOf(c);
    const returnTo = safeReturnTo(form['returnTo'], '/account');
    const email = form['email'] ?? '';
    const call = { method: 'POST', path: '/v1/auth/email-code', body: { email } } as const;
    const answer = await publicApi(c, { ...call, ...challengeAnswer(form) });
    return answer.ok
      ? showEnter(c, { email, returnTo }, null)
      : showAsk(c, { email, returnTo }, answer.error);
  })
  .post('/email-code/sign-in', async (c) => {
    const form = await formOf(c);
    const returnTo = safeReturnTo(form['returnTo'], '/account');
    const email = form['email'] ?? '';
    const code = (form['code'] ?? '').replaceAll(/\s/g, '');
    const path = '/v1/auth/email-code/sign-in';
    const answer = await publicApi(c, { method: 'POST', path, body: { email, code } });
    if (!answer.ok) return showEnter(c, { email, returnTo }, answer.error);
    return afterSignIn(c, answer.value, returnTo);
  });

const showAsk = (
  c: Context<PageEnv>,
  { email, returnTo, pass }: { email: string; returnTo: string; pass?: string | undefined },
  refusal: Refusal | null,
) =>
  page(c, {
    title: 'A code by mail',
    status: refusal === null ? 200 : 422,
    ...challengeScripts(c, refusal),
    children: (
      <form method="post" action="/email-code" class="narrow">
        <h1>A code by mail</h1>
        <RefusalNotice refusal={refusal} />
        <p>We send you a code to sign in with. After that you can add a new passkey or password.</p>
        <input type="hidden" name="returnTo" value={returnTo} />
        <Field
          name="email"
          label="E-mail address"
          type="email"
          autocomplete="email"
          value={email}
          error={errorAt(refusal, '/email')}
          required
        />
        <Challenge action="email_code" refusal={refusal} pass={pass} />
        <button type="submit">Send me a code</button>
      </form>
    ),
  });

const showEnter = (
  c: Context<PageEnv>,
  { email, returnTo }: { email: string; returnTo: string },
  refusal: Refusal | null,
) =>
  page(c, {
    title: 'A code by mail',
    status: refusal === null ? 200 : 422,
    children: (
      <form method="post" action="/email-code/sign-in" class="narrow">
        <h1>A code by mail</h1>
        <RefusalNotice refusal={refusal} />
        <p>If {email} has an account here, a code is on its way.</p>
        <input type="hidden" name="email" value={email} />
        <input type="hidden" name="returnTo" value={returnTo} />
        <Field
          name="code"
          label="Code"
          inputmode="numeric"
          autocomplete="one-time-code"
          error={errorAt(refusal, '/code')}
          required
        />
        <button type="submit">Sign in</button>
      </form>
    ),
  });
