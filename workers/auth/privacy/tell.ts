import type { DataRequest } from '#objects/data-requests/machine.ts';
import { rfc3339 } from '#shared/time/time.ts';
import {
  copyReadyMail,
  erasureAskedMail,
  erasureCancelledMail,
  erasureRefusedMail,
  type MailText,
} from '../mails.ts';
import { OWNER_LINK_TTL_MS } from '../limits.ts';
import type { AuthPorts } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import { openEmail } from '../usecases/emails.ts';
import { newOwnerLink } from '../usecases/owner-links.ts';
import { mailRow } from '../usecases/send-mail.ts';
import { askedWrite } from './asked.ts';
import { callerOf } from './caller.ts';

/** What a request has come to: staff see it in the table, and the person gets each mail once. */
export async function tellOf(ports: AuthPorts, request: DataRequest): Promise<void> {
  const { rows } = ports.privacy;
  const account = request.isRepeat ? null : await ports.accounts.byId(request.accountId);
  const mail = account === null ? [] : mailWrites(ports, request, account);
  // What died before it could say that it was asked for says so here.
  const asked = request.isRepeat ? [] : [askedWrite(ports, callerOf(request.requestId), request)];
  await ports.commit([...mail, rows.put(request), ...asked]);
}

function mailWrites(ports: AuthPorts, request: DataRequest, account: AccountRow): Write[] {
  const email = openEmail(ports, account);
  // An erasure may have been asked for by a thief: the mail has the link that takes all of theirs back.
  const link =
    request.state === 'waiting'
      ? newOwnerLink(ports, {
          purpose: 'not_me',
          accountId: account.id,
          email,
          ttlMs: OWNER_LINK_TTL_MS,
        })
      : null;
  const text = mailOf(ports.origin, request, link?.token ?? '');
  if (text === null) return [];
  const row = mailRow(ports, callerOf(request.requestId), email, text, OWNER_LINK_TTL_MS);
  return [
    ...(link === null ? [] : [ports.ownerLinks.add(link.row)]),
    ports.privacy.rows.addMailOnce(row, request),
  ];
}

function mailOf(
  origin: string,
  { state, kind, dueAt, readyUntil, obstacles }: DataRequest,
  token: string,
): MailText | null {
  const until = (at: number | null): string => (at === null ? '' : rfc3339(at));
  switch (state) {
    case 'waiting':
      return erasureAskedMail(origin, token, until(dueAt));
    case 'refused':
      return erasureRefusedMail(origin, obstacles.length);
    case 'cancelled':
      return kind === 'erasure' ? erasureCancelledMail() : null;
    case 'ready':
      return copyReadyMail(origin, until(readyUntil));
    case 'running':
    case 'done':
    case 'expired':
    case 'failed':
      return null;
  }
}
