import { Hono, type Context } from 'hono';
import { z } from 'zod';
import type { Identity } from '#shared/contracts/http/federation.ts';
import { api, errorAt, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { safeReturnTo } from '../return-to.ts';
import { signedIn } from '../signed-in.ts';
import { CodeField } from './account-totp.tsx';
import { page } from './layout.tsx';
import { Field, RefusalNotice } from './parts.tsx';
import { Elsewhere } from './sign-in-elsewhere.tsx';

interface Me {
  hasPassword: boolean;
  hasTotp: boolean;
  passkeyCount: number;
}
export const accessTokenSchema = z.object({ accessToken: z.string(), expiresIn: z.number() });

/** Where something sensitive leads first: proving anew who one is, and back. */
export const stepUp = new Hono<PageEnv>()
  .use('/step-up', signedIn)
  .get('/step-up', (c) => show(c, safeReturnTo(c.req.query('returnTo'), '/account'), null))
  .post('/step-up', async (c) => {
    const form = await formOf(c);
    const returnTo = safeReturnTo(form['returnTo'], '/account');
    const shown = Object.entries({
      password: form['password'] ?? '',
      code: (form['code'] ?? '').replaceAll(/\s/g, ''),
      recoveryCode: (form['recoveryCode'] ?? '').trim(),
    }).filter(([, text]) => text !== '');
    const body: Record<string, string> = Object.fromEntries(shown);
    if (body['recoveryCode'] !== undefined) delete body['code'];
    const answer = await api(c, { method: 'POST', path: '/v1/auth/step-up', body });
    if (!answer.ok) return show(c, returnTo, answer.error);
    c.get('session').replaceAccess(accessTokenSchema.parse(answer.value));
    return c.redirect(returnTo, 303);
  });

async function show(c: Context<PageEnv>, returnTo: string, refusal: Refusal | null) {
  const [found, linked] = await Promise.all([
    api<Me>(c, { method: 'GET', path: '/v1/auth/me' }),
    api<{ items: Identity[] }>(c, { method: 'GET', path: '/v1/auth/identities' }),
  ]);
  const [me, identities] = [valueOf(found), valueOf(linked).items];
  return page(c, {
    title: 'Is it you?',
    status: refusal === null ? 200 : refusal.status === 429 ? 429 : 422,
    script: 'passkeys.js',
    children: (
      <div class="narrow">
        <h1>Is it you?</h1>
        <p>What you are about to do matters for your account. Show once more that it is you.</p>
        <RefusalNotice refusal={refusal} />
        {me.passkeyCount > 0 && (
          <div data-passkey-step-up={returnTo} hidden>
            <p>
              <button type="button">Use a passkey</button>
            </p>
            <p class="error" role="alert" hidden></p>
          </div>
        )}
        {me.hasPassword || me.hasTotp ? <Typed me={me} returnTo={returnTo} refusal={refusal} /> : null}
        <Elsewhere providers={identities.map(({ connection }) => connection)} returnTo={returnTo} fresh />
        {!me.hasTotp &&
          me.passkeyCount === 0 &&
          c.get('session').roles.some((role) => role !== 'customer') && (
            <p>
              If two factors are asked for, first add a passkey or an authenticator app to{' '}
              <a href="/account">your account</a>.
            </p>
          )}
        <p>
          Or <a href="/sign-out">sign out</a> and in again.
        </p>
      </div>
    ),
  });
}

const Typed = ({ me, returnTo, refusal }: { me: Me; returnTo: string; refusal: Refusal | null }) => (
  <form method="post" action="/step-up">
    <input type="hidden" name="returnTo" value={returnTo} />
    {me.hasPassword && (
      <Field
        name="password"
        label="Password"
        type="password"
        autocomplete="current-password"
        error={errorAt(refusal, '/password')}
        required
      />
    )}
    {me.hasTotp && (
      <>
        <CodeField error={errorAt(refusal, '/code')} required={false} />
        <Field name="recoveryCode" label="or a recovery code" autocomplete="off" />
      </>
    )}
    <button type="submit" class="plain">
      Go on
    </button>
  </form>
);
