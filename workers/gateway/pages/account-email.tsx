import { Hono } from 'hono';
import { api, errorAt, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Field, RefusalNotice } from './parts.tsx';

/** Part of the account page about another address. */
export const accountEmail = new Hono<PageEnv>()
  .use('/account/*', signedIn)
  .post('/account/email', async (c) => {
    const newEmail = (await formOf(c))['newEmail'] ?? '';
    const answer = await api(c, { method: 'POST', path: '/v1/auth/email-change', body: { newEmail } });
    return page(c, {
      title: answer.ok ? 'Look into your mailbox' : 'Another address',
      status: answer.ok ? 200 : 422,
      children: answer.ok ? (
        <>
          <h1>Look into your mailbox</h1>
          <p>We have sent a message to {newEmail}. Open the link in it in this browser to go on.</p>
        </>
      ) : (
        <div class="narrow">
          <h1>Another address</h1>
          <EmailForm refusal={answer.error} />
        </div>
      ),
    });
  });

export const EmailForm = ({ refusal }: { refusal: Refusal | null }) => (
  <form method="post" action="/account/email">
    <RefusalNotice refusal={refusal} />
    <Field
      name="newEmail"
      label="New e-mail address"
      type="email"
      autocomplete="email"
      error={errorAt(refusal, '/newEmail')}
      required
    />
    <button type="submit" class="plain">
      Change the address
    </button>
  </form>
);
