import { Hono } from 'hono';
import type { Overview } from '#shared/contracts/http/federation.ts';
import { api, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { signedIn } from '../signed-in.ts';
import { onward } from './onward.tsx';
import { Time } from './parts.tsx';
import { browserSecret } from './sign-in-elsewhere.tsx';

/** Linking an identity: by a form of ours, so that no other site starts it. */
export const accountIdentities = new Hono<PageEnv>()
  .use('/account/identities/*', signedIn)
  .post('/account/identities/:id/link', async (c) => {
    const body = { browser: browserSecret(c), purpose: 'link', returnTo: '/account' };
    const path = `/v1/auth/federation/${encodeURIComponent(c.req.param('id'))}/start`;
    const { location } = valueOf(await api<{ location: string }>(c, { method: 'POST', path, body }));
    return onward(c, location, 'the provider');
  });

export const IdentitiesSection = (props: {
  items: Overview['identities'];
  linkable: Overview['linkable'];
}) => {
  const { items, linkable } = props;
  if (items.length + linkable.length === 0) return null;
  return (
    <>
      <h2>Other sign-ins</h2>
      <ul>
        {items.map(({ id, connection, label, createdAt }) => (
          <li>
            {connection.name} {label}{' '}
            <span class="soft">
              since <Time at={createdAt} />
            </span>
            <form method="post" action={`/account/identities/${id}/remove`}>
              <button type="submit" class="link">
                Unlink {connection.name}
              </button>
            </form>
          </li>
        ))}
      </ul>
      {linkable.map(({ id, name, ofOrganisation }) => (
        <form method="post" action={`/account/identities/${id}/link`}>
          {ofOrganisation && (
            <p class="soft">Your organisation runs it: whoever administers it there can sign in as you.</p>
          )}
          <button type="submit" class="plain">
            Link {name}
          </button>
        </form>
      ))}
    </>
  );
};
