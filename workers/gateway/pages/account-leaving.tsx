import { Hono } from 'hono';
import { api, errorAt, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Field, Notice, RefusalNotice } from './parts.tsx';

/** Parts of the account page about address, data and leaving. */
export const accountLeaving = new Hono<PageEnv>()
  .use('/account/*', signedIn)
  .get('/account/export', async (c) => {
    const data = valueOf(await api<object>(c, { method: 'GET', path: '/v1/auth/export' }));
    c.header('content-disposition', 'attachment; filename="tradepost-account.json"');
    c.header('cache-control', 'private, no-store');
    return c.json(data);
  })
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
  })
  .get('/account/delete', (c) =>
    page(c, {
      title: 'Delete the account',
      children: (
        <form method="post" action="/account/delete" class="narrow">
          <h1>Delete the account</h1>
          <Notice kind="bad">
            This cannot be undone: you can sign in no more, and what you own can be opened no more.
          </Notice>
          <p>Orders and invoices stay for as long as the law asks.</p>
          <button type="submit">Delete my account</button>
        </form>
      ),
    }),
  )
  .post('/account/delete', async (c) => {
    valueOf(await api(c, { method: 'DELETE', path: '/v1/auth/me' }));
    c.get('session').close();
    c.get('cart').forget();
    return c.redirect('/', 303);
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

export const LeavingSection = () => (
  <>
    <h2>Your data</h2>
    <p>
      <a href="/account/export" download>
        Download what we know of your account
      </a>
    </p>
    <p>
      <a href="/account/delete">Delete the account</a>
    </p>
  </>
);
