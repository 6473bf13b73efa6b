import { Hono, type Context } from 'hono';
import { allows, GRANTABLE, PERMISSIONS } from '#shared/auth/permissions.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { api, errorAt, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Field, Notice, Option, RefusalNotice } from './parts.tsx';

const PATH = '/account/api-keys/new';
/** Before the name of a scope in the form. */
const SCOPE = 'scope.';
const LIVES = [
  { days: '90', label: 'in 90 days' },
  { days: '365', label: 'in a year' },
  { days: '', label: 'never' },
];

/** Where somebody makes a key for an integration; the key is shown this once. */
export const newApiKey = new Hono<PageEnv>()
  .use(PATH, signedIn)
  .get(PATH, (c) => showForm(c, {}, null))
  .post(PATH, async (c) => {
    const form = await formOf(c);
    const scopes = Object.keys(form).flatMap((name) =>
      name.startsWith(SCOPE) ? [name.slice(SCOPE.length)] : [],
    );
    const days = Number(form['days'] ?? '');
    const expiresAt = days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : null;
    const body = { name: form['name'] ?? '', scopes, expiresAt };
    const answer = await api<{ name: string; key: string }>(c, {
      method: 'POST',
      path: '/v1/auth/api-keys',
      body,
    });
    return answer.ok ? showKey(c, answer.value) : showForm(c, form, answer.error);
  });

async function showForm(c: Context<PageEnv>, form: Record<string, string>, refusal: Refusal | null) {
  const { roles } = valueOf(await api<{ roles: string[] }>(c, { method: 'GET', path: '/v1/auth/me' }));
  return page(c, {
    title: 'A new API key',
    status: refusal === null ? 200 : 422,
    children: (
      <form method="post" action={PATH} class="narrow">
        <h1>A new API key</h1>
        <RefusalNotice refusal={refusal} />
        <p>For a program of yours. It acts as you, within what you tick here, and never signs in.</p>
        <Field
          name="name"
          label="What it is for"
          value={form['name'] ?? ''}
          error={errorAt(refusal, '/name')}
          maxlength={80}
          required
        />
        <fieldset>
          <legend>It may</legend>
          {errorAt(refusal, '/scopes') !== undefined && <p class="error">Tick at least one.</p>}
          {GRANTABLE.filter((scope) => allows(roles, scope)).map((scope) => (
            <p>
              <label>
                <input type="checkbox" name={SCOPE + scope} checked={SCOPE + scope in form} />{' '}
                {PERMISSIONS[scope]} <code>{scope}</code>
              </label>
            </p>
          ))}
        </fieldset>
        <Field name="days" label="It ends">
          {LIVES.map(({ days, label }) => (
            <Option value={days} label={label} chosen={form['days'] ?? '90'} />
          ))}
        </Field>
        <button type="submit">Make the key</button>
      </form>
    ),
  });
}

const showKey = (c: Context<PageEnv>, { name, key }: { name: string; key: string }) =>
  page(c, {
    title: 'Your new API key',
    children: (
      <div class="narrow">
        <h1>{name}</h1>
        <Notice kind="good">This is your key. Copy it now: it is not shown again.</Notice>
        <p>
          <code>{key}</code>
        </p>
        <p>
          Send it as <code>Authorization: Bearer</code>. You can revoke it under{' '}
          <a href="/account/applications">Who has access</a>.
        </p>
      </div>
    ),
  });
