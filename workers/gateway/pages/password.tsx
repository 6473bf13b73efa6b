import { Hono, type Context } from 'hono';
import { errorAt, publicApi, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { Challenge, challengeAnswer, challengeScripts } from './challenge.tsx';
import { page } from './layout.tsx';
import { Field, isLinkRefused, LinkRefused, RefusalNotice } from './parts.tsx';
import { PASSWORD_LENGTH_MIN } from './sign-up.tsx';

/** Where a link for a new password is asked for; without such a link a password cannot be chosen. */
const FORGOTTEN = '/forgot-password';

export const password = new Hono<PageEnv>()
  .get(FORGOTTEN, (c) => showForgotten(c, '', null, c.req.query('pass')))
  .post(FORGOTTEN, async (c) => {
    const form = await formOf(c);
    const email = form['email'] ?? '';
    const call = { method: 'POST', path: '/v1/auth/password-reset', body: { email } } as const;
    const answer = await publicApi(c, { ...call, ...challengeAnswer(form) });
    if (!answer.ok) return showForgotten(c, email, answer.error);
    return page(c, {
      title: 'Look into your mailbox',
      children: (
        <>
          <h1>Look into your mailbox</h1>
          <p>If {email} has an account here, a link for a new password is on its way.</p>
        </>
      ),
    });
  })
  .get('/reset-password', (c) => {
    const token = c.req.query('token') ?? '';
    return token === '' ? c.redirect(FORGOTTEN, 303) : showReset(c, token, null);
  })
  .post('/reset-password', async (c) => {
    const form = await formOf(c);
    const token = form['token'] ?? '';
    if (token === '') return c.redirect(FORGOTTEN, 303);
    const body = { token, newPassword: form['newPassword'] ?? '' };
    const answer = await publicApi(c, { method: 'POST', path: '/v1/auth/password-reset/confirm', body });
    if (!answer.ok) return showReset(c, token, answer.error);
    c.get('session').close();
    return c.redirect('/sign-in?password=changed', 303);
  });

function showForgotten(c: Context<PageEnv>, email: string, refusal: Refusal | null, pass?: string) {
  return page(c, {
    title: 'Forgotten your password?',
    status: refusal === null ? 200 : 422,
    ...challengeScripts(c, refusal),
    children: (
      <form method="post" action={FORGOTTEN} class="narrow">
        <h1>Forgotten your password?</h1>
        <RefusalNotice refusal={refusal} />
        <Field
          name="email"
          label="E-mail address"
          type="email"
          autocomplete="email"
          value={email}
          error={errorAt(refusal, '/email')}
          required
        />
        <Challenge action="password_reset" refusal={refusal} pass={pass} />
        <button type="submit">Send me a link</button>
      </form>
    ),
  });
}

function showReset(c: Context<PageEnv>, token: string, refusal: Refusal | null) {
  return page(c, {
    title: 'New password',
    status: refusal === null ? 200 : 422,
    children: isLinkRefused(refusal) ? (
      <div class="narrow">
        <h1>New password</h1>
        <LinkRefused again={FORGOTTEN} />
      </div>
    ) : (
      <form method="post" action="/reset-password" class="narrow">
        <h1>New password</h1>
        <RefusalNotice refusal={refusal} />
        <input type="hidden" name="token" value={token} />
        <Field
          name="newPassword"
          label="New password"
          type="password"
          autocomplete="new-password"
          minlength={PASSWORD_LENGTH_MIN}
          hint={`At least ${PASSWORD_LENGTH_MIN} characters; a few words are fine.`}
          error={errorAt(refusal, '/newPassword')}
          required
        />
        <button type="submit">Set the password</button>
      </form>
    ),
  });
}
