import { Hono, type Context } from 'hono';
import { ORGANISATION_ROLES, organisationAllows } from '#shared/auth/permissions.ts';
import type { OrganisationBody } from '#shared/contracts/http/auth.ts';
import type { InvitationList, OrganisationMemberList } from '#shared/contracts/http/organisations.ts';
import { api, errorAt, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import type { InternalCall } from '../internal.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { apiPathOf, change, read } from './organisation-page.ts';
import { Field, Notice, Option, RefusalNotice, Time } from './parts.tsx';

const ROLES = Object.keys(ORGANISATION_ROLES);
/** Of one page; the next ones follow. */
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
  .post('/organisations/:id/members/:accountId/hand-over', (c) =>
    changed(c, { method: 'POST', path: '/hand-over', body: { accountId: c.req.param('accountId') } }),
  )
  .post('/organisations/:id/reopen', (c) => changed(c, { method: 'POST', path: '/reopen' }))
  .post('/organisations/:id/close', (c) => goodbye(c, { method: 'DELETE', path: '' }))
  .post('/organisations/:id/leave', (c) => goodbye(c, { method: 'POST', path: '/leave' }));

const changed = (c: Context<PageEnv>, call: InternalCall) =>
  change(c, call, '', (refusal) => show(c, refusal));

/** What nobody acts for the organisation after. */
async function goodbye(c: Context<PageEnv>, call: InternalCall) {
  const answer = await api<null>(c, { ...call, path: apiPathOf(c) + call.path });
  if (!answer.ok) return show(c, answer.error);
  if (c.get('session').organisation !== null) await c.get('session').actFor(null);
  return c.redirect('/organisations', 303);
}

const pageQuery = (cursor: string | undefined): string =>
  new URLSearchParams({ limit: String(SHOWN_MAX), ...(cursor === undefined ? {} : { cursor }) }).toString();

async function show(c: Context<PageEnv>, refusal: Refusal | null) {
  const [organisation, members, invitations] = await Promise.all([
    read<OrganisationBody>(c, ''),
    read<OrganisationMemberList>(c, `/members?${pageQuery(c.req.query('members'))}`),
    read<InvitationList>(c, `/invitations?${pageQuery(c.req.query('invitations'))}`),
  ]);
  const path = `/organisations/${organisation.id}`;
  const isOwner = organisationAllows(organisation.role, 'organisations.own');
  return page(c, {
    title: organisation.name,
    status: refusal === null ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>{organisation.name}</h1>
        <RefusalNotice refusal={refusal} />
        {organisation.status === 'active' ? (
          <p>
            <a href={`${path}/sign-in`}>Domains and sign-in</a> · <a href={`${path}/keys`}>API keys</a>
          </p>
        ) : (
          <Notice kind="bad">It is closed: nobody acts for it.</Notice>
        )}
        <h2>Members</h2>
        <ul>
          {members.items.map((member) => (
            <Member
              member={member}
              path={`${path}/members/${member.accountId}`}
              isHandedTo={isOwner && member.role !== 'owner'}
            />
          ))}
        </ul>
        <Next of="members" at={members.next} />
        <h2>Invitations</h2>
        {invitations.items.length === 0 && <p>Nobody is invited who has not come yet.</p>}
        <ul>
          {invitations.items.map((invitation) => (
            <Invited invitation={invitation} path={`${path}/invitations/${invitation.id}`} />
          ))}
        </ul>
        <Next of="invitations" at={invitations.next} />
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
        {isOwner && <Closing organisation={organisation} path={path} />}
      </div>
    ),
  });
}

const Next = ({ of, at }: { of: 'members' | 'invitations'; at: string | null }) =>
  at === null ? null : (
    <p>
      <a href={`?${new URLSearchParams({ [of]: at }).toString()}`}>More {of}</a>
    </p>
  );

const Closing = ({ organisation, path }: { organisation: OrganisationBody; path: string }) =>
  organisation.status === 'active' ? (
    <>
      <h2>Close</h2>
      <p>Nobody acts for it any more. What it owns stays its own, and an owner can open it again.</p>
      <form method="post" action={`${path}/close`}>
        <button type="submit" class="link">
          Close {organisation.name}
        </button>
      </form>
    </>
  ) : (
    <form method="post" action={`${path}/reopen`}>
      <button type="submit">Open {organisation.name} again</button>
    </form>
  );

const Member = (props: {
  member: OrganisationMemberList['items'][number];
  path: string;
  /** Whether it may be handed over to them. */
  isHandedTo: boolean;
}) => {
  const { member, path, isHandedTo } = props;
  return (
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
      {isHandedTo && (
        <form method="post" action={`${path}/hand-over`}>
          <button type="submit" class="link">
            Hand over to {member.email}
          </button>
        </form>
      )}
    </li>
  );
};

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
