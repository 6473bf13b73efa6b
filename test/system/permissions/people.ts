import { randomBytes } from 'node:crypto';
import type { Permission, Role } from '#shared/auth/permissions.ts';
import { signIn, signUp, type Tokens } from '../../../scripts/lib/accounts.ts';
import { api } from '../../../scripts/lib/api.ts';
import type { SignIns } from '../../../scripts/lib/seed.ts';
import type { System } from '../../../scripts/lib/system.ts';

/** Makes accounts that have one role and nothing else. */
export async function peopleOf(system: System, { admin }: SignIns): Promise<(role: Role) => Promise<Tokens>> {
  const { accessToken: token } = await signIn(system.origin, admin);
  return async (role) => {
    const who = {
      email: `${role}-${randomBytes(4).toString('hex')}@example.org`,
      password: `vivid ${crypto.randomUUID()}`,
    };
    const made = await signUp(system, who);
    await api(system.origin, `PUT /v1/auth/accounts/${made.user.id}/roles`, {
      token,
      body: { roles: [role] },
    });
    return api<Tokens>(system.origin, 'POST /v1/auth/token', { body: { refreshToken: made.refreshToken } });
  };
}

/** A service that has an access token of its own, for these permissions (RFC 6749 §4.4). */
export async function serviceOf(
  { origin }: System,
  admin: Tokens,
  scopes: readonly Permission[],
): Promise<string> {
  const { id, secret } = await api<{ id: string; secret: string }>(origin, 'POST /v1/oauth/clients', {
    token: admin.accessToken,
    body: {
      name: 'A service',
      authentication: 'client_secret',
      grants: ['client_credentials'],
      scopes,
      redirectUris: [],
      postLogoutRedirectUris: [],
    },
  });
  const { access_token: token } = await api<{ access_token: string }>(origin, 'POST /v1/oauth/token', {
    contentType: 'application/x-www-form-urlencoded',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
      scope: scopes.join(' '),
    }).toString(),
  });
  return token;
}
