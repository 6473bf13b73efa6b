import type { Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts } from '../../ports.ts';
import { currentSession } from '../../usecases/current-session.ts';
import { openEmail } from '../../usecases/emails.ts';
import type { AuthError } from '../../usecases/errors.ts';

export interface UserInfo {
  sub: string;
  email?: string;
  email_verified?: boolean;
  roles?: string[];
}

/** Who the user is, as far as the token's scope goes (OIDC Core §5.3), while their session stands. */
export async function userInfo(ports: AuthPorts, actor: Actor): Promise<Result<UserInfo, AuthError>> {
  const scope = actor.scope ?? [];
  if (!scope.includes('openid') || actor.actingId !== null) return fail({ code: 'forbidden' });
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  const { account } = current.value;
  return ok({
    sub: account.id,
    ...(scope.includes('email') ? { email: openEmail(ports, account), email_verified: true } : {}),
    ...(scope.includes('roles') ? { roles: account.roles } : {}),
  });
}
