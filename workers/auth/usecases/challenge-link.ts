import { ok, type Result } from '#shared/domain/result.ts';
import type { ChallengeAction } from '#shared/contracts/http/challenge.ts';
import { passMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import type { AuthError } from './errors.ts';
import { limitLinks } from './limits.ts';
import { owedMail } from './send-mail.ts';

/**
 * Mails a link that stands for a solved challenge, for whoever has no scripts. It says nothing of an account and opens
 * none; known and unknown addresses get the very same.
 */
export async function sendChallengeLink(
  ports: AuthPorts,
  caller: Caller,
  { email, action }: { email: string; action: ChallengeAction },
): Promise<Result<null, AuthError>> {
  const emailIndex = ports.emailIndex.current(email);
  const limited = await limitLinks(ports, caller, emailIndex);
  if (!limited.ok) return limited;
  const pass = ports.challenges.pass({ action, emailIndex });
  const mail = owedMail(ports, caller, email, passMail(ports.origin, action, pass));
  await ports.commit([
    mail.write,
    audited(ports, caller, {
      action: 'challenge.link_sent',
      outcome: 'success',
      actorId: null,
      subject: emailIndex,
      detail: { for: action },
    }),
  ]);
  mail.send();
  return ok(null);
}
