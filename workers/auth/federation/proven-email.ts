import { emailSchema } from '#shared/contracts/http/auth.ts';
import type { OidcSettings } from '#shared/contracts/http/federation.ts';
import { normalisedEmail } from '#shared/domain/email.ts';
import type { Asserted } from './asserted.ts';
import { domainOf } from './domain-rules.ts';
import { oidcProfile } from './oidc/profile.ts';
import type { ConnectionRow } from './queries/connections.ts';

/** The address, where the connection’s word for it counts. */
export function provenEmail({ kind, settings, inForce }: ConnectionRow, asserted: Asserted): string | null {
  const parsed = emailSchema.safeParse(asserted.email);
  if (!parsed.success) return null;
  const email = normalisedEmail(parsed.data);
  const trusted = kind === 'oidc' ? oidcProfile(settings as OidcSettings).emails : settings.emails;
  switch (trusted ?? 'never') {
    case 'verified':
      return asserted.emailVerified ? email : null;
    case 'of_domains':
      return inForce.includes(domainOf(email)) ? email : null;
    case 'never':
      return null;
  }
}
