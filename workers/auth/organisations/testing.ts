import { tokensSchema, organisationSchema, type TokensBody } from '#shared/contracts/http/auth.ts';
import { invitationSchema } from '#shared/contracts/http/organisations.ts';
import type { OrganisationRole } from '#shared/auth/permissions.ts';
import { authWorld, parsed, type Call } from '../testing/harness.ts';

export interface Person {
  email: string;
  id: string;
  tokens: TokensBody;
}
export type Organisation = { id: string; owner: Person };

/** People and organisations over the worker's real bindings. */
export function organisationsWorld(auth = authWorld()) {
  /** With a password only where a test shows it: hashing is most of the time a test takes. */
  async function person(email?: string, password: string | null = null): Promise<Person> {
    const made = await auth.newAccount(email === undefined ? { password } : { email, password });
    return { email: made.email, id: made.tokens.user.id, tokens: made.tokens };
  }

  /** A call to `/v1/auth/organisations…` as somebody, from a network of their own. */
  const as = (who: Person, path: string, options: Call = {}): Promise<Response> =>
    auth.call(`/v1/auth/organisations${path}`, {
      token: who.tokens.accessToken,
      ip: `10.9.${who.id.slice(-4, -2)}.${who.id.slice(-2)}`,
      ...options,
    });

  async function organisation(owner?: Person, name = 'Ada and Sons'): Promise<Organisation> {
    const by = owner ?? (await person());
    const { id } = await parsed(await as(by, '', { body: { name } }), organisationSchema);
    return { id, owner: by };
  }

  const invite = (
    { id, owner }: Organisation,
    email: string,
    role: OrganisationRole = 'member',
    by: Person = owner,
  ): Promise<Response> => as(by, `/${id}/invitations`, { body: { email, role } });

  const accept = (who: Person, token: string): Promise<Response> =>
    auth.call('/v1/auth/organisation-invitations/accept', {
      token: who.tokens.accessToken,
      body: { token },
    });

  /** Somebody new who was invited and came. */
  async function join(to: Organisation, role: OrganisationRole, who?: Person): Promise<Person> {
    const guest = who ?? (await person());
    await parsed(await invite(to, guest.email, role), invitationSchema);
    await parsed(await accept(guest, auth.linkToken(guest.email)), organisationSchema);
    return guest;
  }

  /** The same session with a new access token: after a change of what one may, the one before counts no more. */
  async function renewed(who: Person): Promise<Person> {
    return { ...who, tokens: await parsed(await auth.refresh(who.tokens.refreshToken), tokensSchema) };
  }

  /** The same session with an access token that acts for an organisation. */
  async function actingFor(who: Person, organisationId: string): Promise<Person> {
    const answer = await auth.call('/v1/auth/token', {
      body: { refreshToken: who.tokens.refreshToken, organisationId },
    });
    return { ...who, tokens: await parsed(answer, tokensSchema) };
  }

  const mailsTo = (email: string): string[] =>
    auth.world.mails.filter(({ to }) => to === email).map(({ subject }) => subject);

  return { ...auth, person, as, organisation, invite, accept, join, actingFor, renewed, mailsTo };
}
