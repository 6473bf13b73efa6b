import { parseRefreshToken } from '../crypto/refresh-token.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';

/** Ends the session of any token of its family. An unknown token is no error: the caller is signed out either way. */
export async function signOut(
  ports: AuthPorts,
  caller: Caller,
  input: { refreshToken: string },
): Promise<void> {
  const token = parseRefreshToken(input.refreshToken);
  if (token === null) return;
  const session = await ports.sessions.ofFamily(token.familyHash);
  if (session === null || session.revokedAt !== null) return;
  await ports.commit([
    ports.sessions.revoke(session.id, 'signed_out', ports.clock.now()),
    audited(ports, caller, {
      action: 'sign_out',
      outcome: 'success',
      actorId: session.accountId,
      subject: session.accountId,
      factor: 'refresh_token',
      detail: { sessionId: session.id },
    }),
  ]);
}
