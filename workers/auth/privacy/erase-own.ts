import type { DataRequest, Kept } from '#objects/data-requests/machine.ts';
import { randomSecret } from '#shared/crypto/bytes.ts';
import { accountDeletedMail } from '../mails.ts';
import type { AuthPorts } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import { audited } from '../usecases/audit.ts';
import { accountEmail, openEmail } from '../usecases/emails.ts';
import { mailRow } from '../usecases/send-mail.ts';
import { actorOf, callerOf } from './caller.ts';

/** The log is a chain that nobody changes; it holds ids, networks and no name, and ends by itself. */
const KEPT: Kept[] = [
  { section: 'audit_log', because: 'security_log' },
  { section: 'support_accesses', because: 'security_log' },
];

/**
 * Takes all that is the person's out of this worker, the last of their data anywhere. The id stays, without address or any
 * way in, for what refers to it. What other workers erased, and what is kept, is told in the audit log; the last mail tells
 * the person.
 */
export async function eraseOwn(
  ports: AuthPorts,
  request: DataRequest,
): Promise<{ erased: Record<string, number>; kept: Kept[] }> {
  const { accountId: id } = request;
  const { rows, copies } = ports.privacy;
  const account = await ports.accounts.byId(id);
  const erased = account === null ? {} : await eraseAccount(ports, request, account);
  await copies.dropAllOf(id);
  await ports.commit([rows.endErasure(id, ports.clock.now())]);
  return { erased, kept: KEPT };
}

async function eraseAccount(
  ports: AuthPorts,
  request: DataRequest,
  account: AccountRow,
): Promise<Record<string, number>> {
  const { id } = account;
  const now = ports.clock.now();
  const caller = callerOf(request.requestId);
  const email = openEmail(ports, account);
  const nobody = `${id}@deleted.invalid`;
  const owned = await ports.accounts.countOwned(id);
  const done = await ports.commit([
    ...ports.privacy.rows.eraseTraces(id, ports.emailIndex.all(email)),
    ...ports.accounts.erase({
      id,
      emailIndex: ports.emailIndex.current(nobody),
      emailSealed: ports.fields.seal(nobody, accountEmail(id)),
      passkeyHandle: randomSecret(),
      now,
    }),
    ...(request.isRepeat ? [] : [ports.mailOutbox.add(mailRow(ports, caller, email, accountDeletedMail()))]),
    audited(ports, caller, {
      action: 'account.deleted',
      outcome: 'success',
      actorId: actorOf(request),
      subject: id,
      detail: {
        dataRequestId: request.id,
        isRepeat: request.isRepeat,
        erased: request.erased,
        kept: [...request.kept, ...KEPT],
      },
    }),
  ]);
  // Only of what a restore brought back: whoever erases for the first time was asked before anything went.
  if (!done)
    throw new Error('is the last owner of an organisation again: hand it over or close it, then retry');
  return { ...owned, accounts: 1 };
}
