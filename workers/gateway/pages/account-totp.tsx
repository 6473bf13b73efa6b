import { Hono, type Context } from 'hono';
import { api, errorAt, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Field, Notice, RefusalNotice } from './parts.tsx';
import { QrCode } from './qr-code.tsx';

interface SetUp {
  secret: string;
  uri: string;
}
interface RecoveryCodes {
  recoveryCodes: string[];
}

/** Setting up and taking away the authenticator app, and its recovery codes. */
export const accountTotp = new Hono<PageEnv>()
  .use('/account/totp', signedIn)
  .use('/account/totp/*', signedIn)
  .use('/account/recovery-codes', signedIn)
  .post('/account/totp', async (c) =>
    showSetUp(c, valueOf(await api<SetUp>(c, { method: 'POST', path: '/v1/auth/totp' })), null),
  )
  .post('/account/totp/confirm', async (c) => {
    const form = await formOf(c);
    const code = (form['code'] ?? '').replaceAll(/\s/g, '');
    const path = '/v1/auth/totp/confirm';
    const answer = await api<RecoveryCodes>(c, { method: 'POST', path, body: { code } });
    if (answer.ok) return showCodes(c, answer.value.recoveryCodes);
    if (errorAt(answer.error, '/code') === undefined) return valueOf(answer);
    return showSetUp(c, { secret: form['secret'] ?? '', uri: form['uri'] ?? '' }, answer.error);
  })
  .post('/account/totp/remove', async (c) => {
    valueOf(await api(c, { method: 'DELETE', path: '/v1/auth/totp' }));
    return c.redirect('/account', 303);
  })
  .post('/account/recovery-codes', async (c) => {
    const answer = await api<RecoveryCodes>(c, { method: 'POST', path: '/v1/auth/recovery-codes' });
    return showCodes(c, valueOf(answer).recoveryCodes);
  });

const showSetUp = (c: Context<PageEnv>, { secret, uri }: SetUp, refusal: Refusal | null) =>
  page(c, {
    title: 'Authenticator app',
    status: refusal === null ? 200 : 422,
    children: (
      <form method="post" action="/account/totp/confirm" class="narrow">
        <h1>Authenticator app</h1>
        <RefusalNotice refusal={refusal} />
        <p>Scan this with the app on your telephone, then type in the code it shows.</p>
        <QrCode text={uri} label="QR code for the app" />
        <p>
          Or type this into the app: <code data-secret>{secret}</code>
        </p>
        <input type="hidden" name="secret" value={secret} />
        <input type="hidden" name="uri" value={uri} />
        <CodeField error={errorAt(refusal, '/code')} />
        <button type="submit">Use this app</button>
      </form>
    ),
  });

const showCodes = (c: Context<PageEnv>, codes: string[]) =>
  page(c, {
    title: 'Recovery codes',
    children: (
      <div class="narrow">
        <h1>Recovery codes</h1>
        <Notice kind="good">Signing in with your password now also needs a code of the app.</Notice>
        <p>
          Keep these codes where nobody else finds them. Each works once in place of a code of the app. They
          are shown only now.
        </p>
        <ul data-recovery-codes>
          {codes.map((code) => (
            <li>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <p>
          <a href="/account">I have kept them</a>
        </p>
      </div>
    ),
  });

export const CodeField = ({ error, required = true }: { error: string | undefined; required?: boolean }) => (
  <Field
    name="code"
    label="Code of the app"
    inputmode="numeric"
    autocomplete="one-time-code"
    pattern="[0-9 ]{6,7}"
    error={error}
    required={required}
  />
);

/** The account page's part about it. */
export const TotpSection = ({ has, codesLeft }: { has: boolean; codesLeft: number }) => (
  <>
    <h2>Authenticator app</h2>
    {has ? (
      <>
        <p>
          Signing in with your password needs a code of your app. Recovery codes left: {String(codesLeft)}.
        </p>
        <form method="post" action="/account/recovery-codes">
          <button type="submit" class="plain">
            Make new recovery codes
          </button>
        </form>
        <form method="post" action="/account/totp/remove">
          <button type="submit" class="link">
            Remove the app
          </button>
        </form>
      </>
    ) : (
      <form method="post" action="/account/totp">
        <p>A code from your telephone beside your password: a thief of the one lacks the other.</p>
        <button type="submit" class="plain">
          Set up an authenticator app
        </button>
      </form>
    )}
  </>
);
