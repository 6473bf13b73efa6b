import type { ClientInput } from '#shared/contracts/http/oauth.ts';
import { GRANTS } from './endpoints.ts';
import { redirectUriFault } from './redirect-uri.ts';

/** What of a registration does not go together, by RFC 6901 pointer; null: nothing. Pure. */
export function clientFault(input: ClientInput): { field: string; detail: string } | null {
  const isPublic = input.authentication === 'none';
  for (const name of ['redirectUris', 'postLogoutRedirectUris'] as const) {
    for (const [at, address] of input[name].entries()) {
      const detail = redirectUriFault(address, isPublic);
      if (detail !== null) return { field: `/${name}/${at}`, detail };
    }
  }
  const has = (grant: string): boolean => (input.grants as string[]).includes(grant);
  if (has(GRANTS.code) && input.redirectUris.length === 0) {
    return { field: '/redirectUris', detail: 'is needed for authorization_code' };
  }
  if (isPublic && has(GRANTS.service)) {
    return { field: '/grants', detail: 'holds one that needs a client that proves who it is' };
  }
  if ((input.authentication === 'private_key_jwt') !== (input.jwks !== null)) {
    return { field: '/jwks', detail: 'is for private_key_jwt, which needs it' };
  }
  if (has(GRANTS.refresh) && !input.scopes.includes('offline_access')) {
    return { field: '/scopes', detail: 'must hold offline_access for refresh_token' };
  }
  return null;
}
