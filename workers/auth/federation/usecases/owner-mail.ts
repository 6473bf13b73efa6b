import type { MailText } from '../../mails.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';
import { openEmail } from '../../usecases/emails.ts';
import { mailRow } from '../../usecases/send-mail.ts';

/** A mail to an organisation's owner of the longest standing, sent by the cron; none when nobody is there to read it. */
export async function toOwner(
  ports: AuthPorts,
  caller: Caller,
  organisationId: string,
  text: MailText,
): Promise<Write[]> {
  const accountId = await ports.organisations.members.writtenTo(organisationId, '');
  const account = accountId === null ? null : await ports.accounts.byId(accountId);
  return account === null
    ? []
    : [ports.mailOutbox.add(mailRow(ports, caller, openEmail(ports, account), text))];
}
