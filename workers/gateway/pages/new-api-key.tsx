import { Hono, type Context } from 'hono';
import { allows, GRANTABLE } from '#shared/auth/permissions.ts';
import { api, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { keyIn, KeyFields, ShownKey } from './api-key-form.tsx';
import { page } from './layout.tsx';
import { RefusalNotice } from './parts.tsx';

const PATH = '/account/api-keys/new';
/** Where somebody makes a key for an integration; the key is shown this once. */
export const newApiKey = new Hono<PageEnv>()
  .use(PATH, signedIn)
  .get(PATH, (c) => showForm(c, {}, null))
  .post(PATH, async (c) => {
    const form = await formOf(c);
    const answer = await api<{ name: string; key: string }>(c, {
      method: 'POST',
      path: '/v1/auth/api-keys',
      body: keyIn(form),
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
        <KeyFields scopes={GRANTABLE.filter((scope) => allows(roles, scope))} form={form} refusal={refusal} />
        <button type="submit">Make the key</button>
      </form>
    ),
  });
}

const showKey = (c: Context<PageEnv>, { name, key }: { name: string; key: string }) =>
  page(c, {
    title: 'Your new API key',
    children: <ShownKey name={name} secret={key} where="/account/applications" />,
  });
