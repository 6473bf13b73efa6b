import { randomBytes } from 'node:crypto';
import type { Role } from '#shared/auth/permissions.ts';
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
