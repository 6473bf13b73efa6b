import { Hono, type Context } from 'hono';
import { ORGANISATION_ROLES } from '#shared/auth/permissions.ts';
import type { OrganisationBody } from '#shared/contracts/http/auth.ts';
import type { InvitationList, OrganisationMemberList } from '#shared/contracts/http/organisations.ts';
import { api, errorAt, valueOf, type Answer, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import type { InternalCall } from '../internal.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Field, Option, RefusalNotice, Time } from './parts.tsx';

const ROLES = Object.keys(ORGANISATION_ROLES);
/** Members beyond these are for the API. */
const SHOWN_MAX = 100;

/** An organisation to its administrators: who is in it, who is invited. */
export const organisationMembers = new Hono<PageEnv>()
  .use('/organisations/:id', signedIn)
  .get('/organisations/:id', (c) => show(c, null))
  .post('/organisations/:id/invite', async (c) => {
    const { email = '', role = '' } = await formOf(c);
    return changed(c, { method: 'POST', path: '/invitations', body: { email, role } });
  })
  .post('/organisations/:id/invitations/:invitationId/:what{resend|revoke}', (c) => {
    const path = `/invitations/${encodeURIComponent(c.req.param('invitationId'))}`;
    return changed(
      c,
      c.req.param('what') === 'resend'
        ? { method: 'POST', path: `${path}/resend` }
        : { method: 'DELETE', path },
    );
  })
  .post('/organisations/:id/members/:accountId/role', async (c) => {
    const { role = '' } = await formOf(c);
    const path = `/members/${encodeURIComponent(c.req.param('accountId'))}/role`;
    return changed(c, { method: 'PUT', path, body: { role } });
  })
  .post('/organisations/:id/members/:accountId/remove', (c) =>
    changed(c, { method: 'DELETE', path: `/members/${encodeURIComponent(c.req.param('accountId'))}` }),
  )
  .post('/organisations/:id/leave', async (c) => {
    const left = await api<null>(c, { method: 'POST', path: `${pathOf(c)}/leave` });
    if (!left.ok) return show(c, left.error);
    if (c.get('session').organisation !== null) await c.get('session').actFor(null);
    return c.redirect('/organisations', 303);
  });

const pathOf = (c: Context<PageEnv>): string =>
  `/v1/auth/organisations/${encodeURIComponent(c.req.param('id') ?? '')}`;

async function changed(c: Context<PageEnv>, call: InternalCall) {
  const answer: Answer<unknown> = await api(c, { ...call, path: pathOf(c) + call.path });
  return answer.ok
    ? c.redirect(`/organisations/${encodeURIComponent(c.req.param('id') ?? '')}`, 303)
    : show(c, answer.error);
}

async function show(c: Context<PageEnv>, refusal: Refusal | null) {
  const read = <Value,>(path: string) =>
    api<Value>(c, { method: 'GET', path: pathOf(c) + path }).then(valueOf);
  const [organisation, members, invitations] = await Promise.all([
    read<OrganisationBody>(''),
    read<OrganisationMemberList>(`/members?limit=${SHOWN_MAX}`),
    read<InvitationList>(`/invitations?limit=${SHOWN_MAX}`),
  ]);
  const path = `/organisations/${organisation.id}`;
  return page(c, {
    title: organisation.name,
    status: refusal === null ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>{organisation.name}</h1>
        <RefusalNotice refusal={refusal} />
        <h2>Members</h2>
        <ul>
          {members.items.map((member) => (
            <Member member={member} path={`${path}/members/${member.accountId}`} />
          ))}
        </ul>
        <h2>Invitations</h2>
        {invitations.items.length === 0 && <p>Nobody is invited who has not come yet.</p>}
        <ul>
          {invitations.items.map((invitation) => (
            <Invited invitation={invitation} path={`${path}/invitations/${invitation.id}`} />
          ))}
        </ul>
        <form method="post" action={`${path}/invite`}>
          <Field
            name="email"
            label="E-mail address"
            type="email"
            error={errorAt(refusal, '/email')}
            required
          />
          <Field name="role" label="Role">
            {ROLES.map((role) => (
              <Option value={role} label={role} chosen="member" />
            ))}
          </Field>
          <button type="submit">Invite</button>
        </form>
        <h2>Leave</h2>
        <form method="post" action={`${path}/leave`}>
          <button type="submit" class="link">
            Leave {organisation.name}
          </button>
        </form>
      </div>
    ),
  });
}

const Member = ({ member, path }: { member: OrganisationMemberList['items'][number]; path: string }) => (
  <li>
    {member.email} <span class="soft">since {<Time at={member.joinedAt} />}</span>
    <form method="post" action={`${path}/role`} class="row">
      <Field name="role" id={`role-${member.accountId}`} label={`Role of ${member.email}`}>
        {ROLES.map((role) => (
          <Option value={role} label={role} chosen={member.role} />
        ))}
      </Field>
      <button type="submit" class="plain">
        Change
      </button>
    </form>
    <form method="post" action={`${path}/remove`}>
      <button type="submit" class="link">
        Remove {member.email}
      </button>
    </form>
  </li>
);

const Invited = ({ invitation, path }: { invitation: InvitationList['items'][number]; path: string }) => (
  <li>
    {invitation.email} as {invitation.role}{' '}
    <span class="soft">until {<Time at={invitation.expiresAt} />}</span>
    <form method="post" action={`${path}/resend`}>
      <button type="submit" class="plain">
        Send again to {invitation.email}
      </button>
    </form>
    <form method="post" action={`${path}/revoke`}>
      <button type="submit" class="link">
        Take back {invitation.email}
      </button>
    </form>
  </li>
);
