import type { OidcSettings } from '#shared/contracts/http/federation.ts';

/** A connection's settings with what its preset fills in. */
export interface OidcProfile {
  issuer: string;
  clientId: string;
  clientAuthentication: 'client_secret_basic' | 'client_secret_post' | 'apple' | 'none';
  scopes: readonly string[];
  responseMode: 'query' | 'form_post';
  mapping: OidcSettings['mapping'];
  emails: 'verified' | 'of_domains' | 'never';
  /** It asks for credentials anew when told to (`max_age`) and says when (`auth_time`). */
  reauthenticates: boolean;
  /** `issuer` stands for those of many tenants: `{tenantid}` in it is each one's id. */
  tenants: readonly string[] | null;
}

/** Stands for a tenant's id in issuers of many. */
export const TENANT = '{tenantid}';
/** Of the discovery document, where the issuer of a tenant's tokens is told with `{tenantid}` in it. */
const MICROSOFT = 'https://login.microsoftonline.com';

/**
 * Sources: developers.google.com/identity/openid-connect, learn.microsoft.com/entra/identity-platform (v2-protocols-oidc,
 * access-tokens: "validate the issuer", id-token-claims-reference) and developer.apple.com/documentation/signinwithapple.
 * Google neither takes `max_age` nor tells `auth_time`; a Microsoft address may be anything its tenant's administrator
 * wrote, so it proves nothing; Apple posts its answer as soon as an address is asked for.
 */
export function oidcProfile(settings: OidcSettings): OidcProfile {
  const scopes = settings.scopes ?? ['openid', 'email'];
  const common = {
    clientId: settings.clientId,
    scopes: scopes.includes('openid') ? scopes : ['openid', ...scopes],
    mapping: settings.mapping,
    responseMode: 'query',
    tenants: null,
  } as const;
  switch (settings.preset) {
    case 'google':
      return {
        ...common,
        issuer: 'https://accounts.google.com',
        clientAuthentication: 'client_secret_post',
        emails: settings.emails ?? 'verified',
        reauthenticates: settings.reauthenticates ?? false,
      };
    case 'microsoft': {
      const tenant = settings.tenant ?? 'common';
      const isOne = tenant.includes('-');
      return {
        ...common,
        issuer: `${MICROSOFT}/${tenant}/v2.0`,
        clientAuthentication: 'client_secret_post',
        emails: settings.emails ?? 'never',
        reauthenticates: settings.reauthenticates ?? false,
        tenants: isOne ? null : settings.tenants,
      };
    }
    case 'apple':
      return {
        ...common,
        issuer: 'https://appleid.apple.com',
        clientAuthentication: 'apple',
        responseMode: 'form_post',
        emails: settings.emails ?? 'verified',
        reauthenticates: settings.reauthenticates ?? false,
      };
    case 'custom':
      return {
        ...common,
        issuer: settings.issuer ?? '',
        clientAuthentication: settings.clientAuthentication ?? 'client_secret_basic',
        emails: settings.emails ?? 'verified',
        reauthenticates: settings.reauthenticates ?? true,
      };
  }
}

const TENANT_ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The issuer of one tenant's tokens; null when `tid` is no tenant's id, or not one of those that may sign in. */
export function issuerOfTenant(template: string, tid: unknown, allowed: readonly string[]): string | null {
  if (typeof tid !== 'string' || !TENANT_ID.test(tid)) return null;
  if (allowed.length > 0 && !allowed.includes(tid)) return null;
  return template.replace(TENANT, tid);
}
