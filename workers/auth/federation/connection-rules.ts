import type { ConnectionInput, OidcSettings, SamlSettings } from '#shared/contracts/http/federation.ts';
import type { TargetPolicy } from '#shared/domain/web-target.ts';
import { publicKeyOf } from './saml/certificates.ts';
import { providerFault } from './safe-fetch.ts';

interface Fault {
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
