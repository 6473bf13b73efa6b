import { Hono, type Context } from 'hono';
import type { z } from 'zod';
import type { OrganisationBody } from '#shared/contracts/http/auth.ts';
import type { invitationLookSchema } from '#shared/contracts/http/organisations.ts';
import { api, publicApi, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn, signInPath } from '../signed-in.ts';
import { page } from './layout.tsx';
import { LinkRefused, Notice, RefusalNotice } from './parts.tsx';

type Look = z.infer<typeof invitationLookSchema>;

/** Behind the link of an invitation. A click alone joins nothing: scanners of mail follow links too. */
export const invitation = new Hono<PageEnv>()
  .get('/invitation', (c) => show(c, c.req.query('token') ?? '', null))
  .post('/invitation', signedIn, async (c) => {
    const { token = '' } = await formOf(c);
    const joined = await api<OrganisationBody>(c, {
      method: 'POST',
      path: '/v1/auth/organisation-invitations/accept',
      body: { token },
    });
    return joined.ok ? c.redirect('/organisations', 303) : show(c, token, joined.error);
  });

async function show(c: Context<PageEnv>, token: string, refusal: Refusal | null) {
  const look =
    token === ''
      ? null
      : await publicApi<Look>(c, {
          method: 'POST',
          path: '/v1/auth/organisation-invitations/look',
          body: { token },
        });
  const title = 'Your invitation';
  return page(c, {
    title,
    status: refusal === null ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>{title}</h1>
        {look === null || !look.ok ? (
          <LinkRefused again="/organisations" />
        ) : (
          <Invitation
            look={look.value}
            token={token}
            refusal={refusal}
            signInAt={c.get('session').present ? null : signInPath(c.req.raw)}
          />
        )}
      </div>
    ),
  });
}

const Invitation = (props: {
  look: Look;
  token: string;
  refusal: Refusal | null;
  /** Null: somebody is signed in. */
  signInAt: string | null;
}) => {
  const { look, token, refusal, signInAt } = props;
  return (
    <>
      <RefusalNotice refusal={refusal} />
      <p>
        “{look.organisation}” invites {look.email} as {look.role}.
      </p>
      {signInAt === null ? (
        <form method="post" action="/invitation">
          <input type="hidden" name="token" value={token} />
          <button type="submit">Join {look.organisation}</button>
        </form>
      ) : (
        <Notice>
          <a href={signInAt}>Sign in</a> with {look.email}, or <a href="/sign-up">sign up</a> with it and open
          the link again.
        </Notice>
      )}
    </>
  );
};
