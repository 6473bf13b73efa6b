import type { ConnectionInput, OidcSettings, SamlSettings } from '#shared/contracts/http/federation.ts';
import type { TargetPolicy } from '#shared/domain/web-target.ts';
import { organisationNameSchema } from '#shared/contracts/http/organisations.ts';
import { publicKeyOf } from './saml/certificates.ts';
import { providerFault } from './safe-fetch.ts';

export interface Fault {
  field: string;
  detail: string;
}
const at = (field: string, detail: string | null): Fault | null =>
  detail === null ? null : { field, detail };

/** What of a connection does not go together, by RFC 6901 pointer; null: nothing. Pure. */
export function connectionFault(input: ConnectionInput, policy: TargetPolicy): Fault | null {
  const emails = input.settings.emails;
  if (emails === 'of_domains' && input.kind === 'oidc' && input.domains.length === 0) {
    return at('/domains', 'must name those whose addresses it vouches for');
  }
  return input.kind === 'saml' ? samlFault(input.settings, policy) : oidcFault(input.settings, policy);
}

function samlFault({ ssoUrl, certificates }: SamlSettings, policy: TargetPolicy): Fault | null {
  for (const [index, certificate] of certificates.entries()) {
    try {
      publicKeyOf(certificate);
    } catch {
      return at(
        `/settings/certificates/${index}`,
        'must be a certificate with an RSA key of at least 2048 bits',
      );
    }
  }
  return at('/settings/ssoUrl', providerFault(ssoUrl, policy));
}

function oidcFault(settings: OidcSettings, policy: TargetPolicy): Fault | null {
  const { preset, issuer, clientAuthentication, tenant, tenants, apple } = settings;
  const isFor = (field: string, of: OidcSettings['preset'], value: unknown): Fault | null =>
    value !== undefined && preset !== of ? at(`/settings/${field}`, `is for the preset ${of}`) : null;
  const misplaced =
    isFor('issuer', 'custom', issuer) ??
    isFor('clientAuthentication', 'custom', clientAuthentication) ??
    isFor('tenant', 'microsoft', tenant) ??
    isFor('tenants', 'microsoft', tenants.length === 0 ? undefined : tenants) ??
    isFor('apple', 'apple', apple);
  if (misplaced !== null) return misplaced;
  if (preset === 'apple' && apple === undefined)
    return at('/settings/apple', 'is required for the preset apple');
  if (preset === 'custom') {
    return issuer === undefined
      ? at('/settings/issuer', 'is required for a provider of your own')
      : at('/settings/issuer', providerFault(issuer, policy));
  }
  return null;
}

/**
 * What only the shop’s own connections may, or an organisation’s. An organisation’s provider is run by its administrators:
 * its word counts for addresses of proven domains, and never for the second factor of somebody’s account.
 */
export function ownerFault(input: ConnectionInput, organisationId: string | null): Fault | null {
  const { joinAs, enforced, emails, secondFactor } = input.settings;
  if (organisationId === null) {
    if (joinAs !== null) return at('/settings/joinAs', 'is for the connection of an organisation');
    return enforced ? at('/settings/enforced', 'is for the connection of an organisation') : null;
  }
  if (input.listed) return at('/listed', 'is for the shop’s own connections');
  if (emails !== 'never' && emails !== 'of_domains') {
    return at('/settings/emails', 'must be of_domains or never');
  }
  if (secondFactor.length > 0) return at('/settings/secondFactor', 'is for the shop’s own connections');
  if (!organisationNameSchema.safeParse(input.name).success) {
    return at('/name', 'must be one line without an address');
  }
  return enforced && input.domains.length === 0
    ? at('/settings/enforced', 'needs a domain whose people it is for')
    : null;
}
