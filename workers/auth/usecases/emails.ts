import type { AuthPorts } from '../ports.ts';

/** An account's address in the clear. */
export const openEmail = (
  ports: Pick<AuthPorts, 'fields'>,
  account: { id: string; emailSealed: string },
): string => ports.fields.open(account.emailSealed, accountEmail(account.id));

/** Context an account's address is sealed in. */
export const accountEmail = (id: string): string => `accounts/${id}/email`;
/** Context the address a link was sent to is sealed in. */
export const linkEmail = (tokenHash: string): string => `email_tokens/${tokenHash}/email`;
