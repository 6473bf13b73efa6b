import { allows, GRANTABLE, PERMISSIONS, type Permission } from '#shared/auth/permissions.ts';
import { ok } from '#shared/domain/result.ts';
import { refuse, type OAuthResult } from './refusal.ts';

/** Scopes that are no permission, with what the customer reads about them. */
const OWN_SCOPES = {
  openid: 'Know that it is you, by a number that stands for your account',
  email: 'Read your e-mail address',
  roles: 'Know whether you work for this shop, and as what',
  offline_access: 'Keep this access while you are away, until you withdraw it',
} as const;

/** Every scope there is. */
export const SCOPES: readonly string[] = [...Object.keys(OWN_SCOPES), ...GRANTABLE];

const isPermission = (scope: string): scope is Permission => Object.hasOwn(PERMISSIONS, scope);

/** A scope in words. */
export const scopeText = (scope: string): string =>
  isPermission(scope) ? PERMISSIONS[scope] : (OWN_SCOPES[scope as keyof typeof OWN_SCOPES] ?? scope);

/** The scopes asked for, each once, all of which must be among `allowed` (RFC 6749 §3.3). Left out: `otherwise`. Pure. */
export function readScope(
  text: string | undefined,
  allowed: readonly string[],
  otherwise: readonly string[] = [],
): OAuthResult<string[]> {
  const asked =
    text === undefined ? [...otherwise] : [...new Set(text.split(' ').filter((part) => part !== ''))];
  if (asked.length === 0) return refuse('invalid_scope', 'scope is missing');
  return asked.every((scope) => allowed.includes(scope))
    ? ok(asked)
    : refuse('invalid_scope', 'scope holds what this client may not ask for');
}

/** What of it the roles can give: a permission nobody has is not promised. */
export const withinRoles = (scopes: readonly string[], roles: readonly string[]): string[] =>
  scopes.filter((scope) => !isPermission(scope) || allows(roles, scope));
