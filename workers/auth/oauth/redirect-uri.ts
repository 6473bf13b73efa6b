const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** Private-use schemes are a domain name turned round (RFC 8252 §7.1), so that `javascript:` and the like are none. */
const PRIVATE_SCHEME = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/;

/**
 * What is wrong with an address somebody wants to register; null: nothing. https, or http on the own machine (RFC 8252
 * §7.3), or a private-use scheme of a client that keeps no secret. Pure.
 */
export function redirectUriFault(text: string, isPublic: boolean): string | null {
  const url = URL.parse(text);
  if (url === null || /[\s*\\]/.test(text)) return 'must be an absolute address without wildcards';
  if (text.includes('#')) return 'must not have a fragment';
  if (url.username !== '' || url.password !== '') return 'must not carry credentials';
  if (url.protocol === 'https:') return null;
  if (url.protocol === 'http:') {
    return LOOPBACK.has(url.hostname) ? null : 'must be https, but for the own machine';
  }
  if (PRIVATE_SCHEME.test(url.protocol)) return isPublic ? null : 'must be https';
  return 'must be https, http on the own machine, or a scheme like com.example.app';
}

/** Address on the own machine: what stands before the port, and all behind it. */
const ON_LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?::\d{1,5})?((?:[/?].*)?)$/;

/**
 * Whether an answer may go there: the address is registered, letter by letter. A program of a device is given any free port of
 * it, so of addresses on the own machine a client without a secret may name another one (RFC 8252 §7.3, RFC 9700 §2.1). Pure.
 */
export function isRegistered(
  address: string,
  client: { redirectUris: readonly string[]; authentication: string },
): boolean {
  if (client.redirectUris.includes(address)) return true;
  const asked = client.authentication === 'none' && URL.canParse(address) ? withoutPort(address) : null;
  return asked !== null && client.redirectUris.some((registered) => withoutPort(registered) === asked);
}

function withoutPort(address: string): string | null {
  const [, host, rest] = ON_LOOPBACK.exec(address) ?? [];
  return host === undefined || rest === undefined ? null : host + rest;
}

/** An address with parameters added; its own query stays (RFC 6749 §3.1.2). */
export function withParameters(address: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.append(name, value);
  }
  return url.href;
}
