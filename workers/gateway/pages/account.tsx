import { Hono, type Context } from 'hono';
import type { Overview } from '#shared/contracts/http/federation.ts';
import { api, errorAt, valueOf, type Answer, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { DataSection } from './account-data.tsx';
import { EmailForm } from './account-email.tsx';
import { IdentitiesSection } from './account-identities.tsx';
import { TotpSection } from './account-totp.tsx';
import { page } from './layout.tsx';
import { Field, Notice, RefusalNotice, Time } from './parts.tsx';
import { PASSWORD_LENGTH_MIN } from './sign-up.tsx';

type Passkey = Overview['passkeys'][number];
type SessionRow = Overview['sessions'][number];
interface State {
  passwordRefusal?: Refusal;
  refusal?: Refusal;
  passwordChanged?: boolean;
}

export const account = new Hono<PageEnv>()
  .use('/account', signedIn)
  .use('/account/*', signedIn)
  .get('/account', (c) => show(c, { passwordChanged: c.req.query('password') === 'changed' }))
  .post('/account/password', async (c) => {
    const form = await formOf(c);
    const current = form['currentPassword'] ?? '';
    const newPassword = form['newPassword'] ?? '';
    const body = current === '' ? { newPassword } : { currentPassword: current, newPassword };
    const answer = await api(c, { method: 'POST', path: '/v1/auth/password', body });
    if (answer.ok) return c.redirect('/account?password=changed', 303);
    return show(c, { passwordRefusal: answer.error });
  })
  .post('/account/password/remove', async (c) => {
    const answer = await api(c, { method: 'DELETE', path: '/v1/auth/password' });
    return answer.ok ? c.redirect('/account', 303) : show(c, { refusal: answer.error });
  })
  .post('/account/sessions/remove-all', async (c) => {
    valueOf(await api(c, { method: 'DELETE', path: '/v1/auth/sessions' }));
    c.get('session').close();
    return c.redirect('/sign-in', 303);
  })
  .post('/account/passkeys/:id/remove', (c) => remove(c, 'passkeys'))
  .post('/account/identities/:id/remove', (c) => remove(c, 'identities'))
  .post('/account/sessions/:id/remove', (c) => remove(c, 'sessions'));

type Removed = 'passkeys' | 'sessions' | 'identities';
async function remove(c: Context<PageEnv, '/account/:kind/:id/remove'>, kind: Removed) {
  const path = `/v1/auth/${kind}/${encodeURIComponent(c.req.param('id'))}`;
  const answer: Answer<unknown> = await api(c, { method: 'DELETE', path });
  return answer.ok ? c.redirect('/account', 303) : show(c, { refusal: answer.error });
}

async function show(c: Context<PageEnv>, state: State) {
  const overview = await api<Overview>(c, { method: 'GET', path: '/v1/auth/overview' });
  const { me, passkeys, sessions, identities, linkable } = valueOf(overview);
  const failed = state.refusal !== undefined || state.passwordRefusal !== undefined;
  return page(c, {
    title: 'Account',
    status: failed ? 422 : 200,
    script: 'passkeys.js',
    children: (
      <div class="narrow">
        <h1>Account</h1>
        <p>{me.email}</p>
        <details>
          <summary>Use another address</summary>
          <EmailForm refusal={null} />
        </details>
        {c.req.query('welcome') === '1' && (
          <Notice kind="good">Welcome. Add a passkey now, so that you can sign in again.</Notice>
        )}
        {state.passwordChanged === true && <Notice kind="good">Your new password is set.</Notice>}
        <RefusalNotice refusal={state.refusal ?? null} />
        <Passkeys items={passkeys} />
        <PasswordForm has={me.hasPassword} refusal={state.passwordRefusal ?? null} />
        {me.hasPassword && passkeys.length + identities.length > 0 && (
          <form method="post" action="/account/password/remove">
            <button type="submit" class="link">
              Remove the password
            </button>
          </form>
        )}
        <IdentitiesSection items={identities} linkable={linkable} />
        <TotpSection has={me.hasTotp} codesLeft={me.recoveryCodesLeft} />
        <h2>Payment methods</h2>
        <p>
          <a href="/account/payment-methods">What you keep to pay with</a>
        </p>
        <h2>Organisations</h2>
        <p>
          <a href="/organisations">What you belong to, and whom you act for</a>
        </p>
        <h2>Who has access</h2>
        <p>
          <a href="/account/applications">Applications, API keys, our staff</a>
        </p>
        <Sessions items={sessions} />
        <DataSection />
      </div>
    ),
  });
}

const Passkeys = ({ items }: { items: Passkey[] }) => (
  <>
    <h2>Passkeys</h2>
    {items.length === 0 && <p>No passkey yet.</p>}
    <ul>
      {items.map((passkey) => (
        <li>
          {passkey.name} <span class="soft">since {<Time at={passkey.createdAt} />}</span>
          <form method="post" action={`/account/passkeys/${passkey.id}/remove`}>
            <button type="submit" class="link">
              Remove {passkey.name}
            </button>
          </form>
        </li>
      ))}
    </ul>
    <form data-passkey-register data-next="/account" hidden>
      <Field name="name" label="Name of the new passkey (optional)" maxlength="100" />
      <button type="submit">Add a passkey</button>
      <p class="error" role="alert" hidden></p>
    </form>
    <div data-passkey-missing hidden>
      <Notice>This browser has no passkeys.</Notice>
    </div>
    <noscript>
      <p>Adding a passkey needs JavaScript.</p>
    </noscript>
  </>
);

const PasswordForm = ({ has, refusal }: { has: boolean; refusal: Refusal | null }) => (
  <form method="post" action="/account/password">
    <h2>Password</h2>
    <RefusalNotice refusal={refusal} />
    {has && (
      <Field
        name="currentPassword"
        label="Current password"
        type="password"
        autocomplete="current-password"
        error={errorAt(refusal, '/currentPassword')}
        required
      />
    )}
    <Field
      name="newPassword"
      label="New password"
      type="password"
      autocomplete="new-password"
      minlength={PASSWORD_LENGTH_MIN}
      error={errorAt(refusal, '/newPassword')}
      required
    />
    <button type="submit" class="plain">
      Set the password
    </button>
  </form>
);

const Sessions = ({ items }: { items: SessionRow[] }) => (
  <>
    <h2>Where you are signed in</h2>
    <ul>
      {items.map((session) => (
        <li>
          {session.device}
          {session.country === '' ? '' : `, ${session.country}`}{' '}
          <span class="soft">
            since <Time at={session.createdAt} />, last used <Time at={session.lastUsedAt} />
          </span>
          {session.current ? (
            <strong> This browser</strong>
          ) : (
            <form method="post" action={`/account/sessions/${session.id}/remove`}>
              <button type="submit" class="link">
                Sign out there
              </button>
            </form>
          )}
        </li>
      ))}
    </ul>
    <form method="post" action="/account/sessions/remove-all">
      <button type="submit" class="plain">
        End all sessions
      </button>
    </form>
  </>
);
