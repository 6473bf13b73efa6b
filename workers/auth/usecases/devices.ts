import { sha256 } from '#shared/crypto/bytes.ts';
import { deviceName } from '../device-name.ts';
import { OWNER_LINK_TTL_MS } from '../limits.ts';
import { newDeviceMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import { openEmail } from './emails.ts';
import { newOwnerLink } from './owner-links.ts';
import { mailRow } from './send-mail.ts';

/** Writes of a sign-in: the device is known from now on, and the owner is told once when it was not and others were. */
export function deviceSeen(ports: AuthPorts, caller: Caller, account: AccountRow): Write[] {
  const device = caller.device ?? `${caller.userAgent}\n${caller.network}`;
  const link = newOwnerLink(ports, {
    purpose: 'not_me',
    accountId: account.id,
    email: null,
    ttlMs: OWNER_LINK_TTL_MS,
  });
  const from = deviceName(caller.userAgent) + (caller.country === '' ? '' : `, in ${caller.country}`);
  const text = newDeviceMail(ports.origin, link.token, from);
  return ports.devices.seen(account.id, sha256(`${account.id}/${device}`), ports.clock.now(), {
    mail: mailRow(ports, caller, openEmail(ports, account), text, OWNER_LINK_TTL_MS),
    link: link.row,
  });
}
