import { base64url, exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';

/** An answer instead of the provider's own; null: its own. */
export type Instead = (url: URL) => Response | Promise<Response> | null;
type Claims = JWTPayload & Record<string, unknown>;

/**
 * An OpenID Connect provider that does as it is told, in place of the network: what it says of itself, what it signs, with
 * which key, and what it answers. `seen` are the requests that reached it.
 */
export async function hostileIssuer(issuer: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const stranger = await generateKeyPair('RS256', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' };
  const told = {
    metadata: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    } as Record<string, unknown>,
    /** What the next ID token says. */
    claims: {} as Claims,
    /** Makes the next ID token; null: as it should be. */
    sign: null as ((claims: Claims) => Promise<string>) | null,
    instead: (() => null) as Instead,
    /** What its key set says of its key beside. */
    key: {} as object,
    /** Where the names of its hosts lead. */
    addresses: ['198.41.0.4', '2001:503:ba3e::2:30'],
  };
  const seen: Request[] = [];

  const signed = (claims: Claims, key = privateKey, header: object = {}): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header }).sign(key);
  const unsigned = async (claims: Claims): Promise<string> => {
    const part = (value: object): string => base64url.encode(JSON.stringify(value));
    return `${part({ alg: 'none' })}.${part(claims)}.`;
  };
  /** The public key taken for a shared secret. */
  const byPublicKey = async (claims: Claims): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(new TextEncoder().encode(JSON.stringify(jwk)));
  const byStranger = (claims: Claims): Promise<string> => signed(claims, stranger.privateKey);

  const reached: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { url } = request;
    const { searchParams } = new URL(url);
    const type = { A: 1, AAAA: 28 }[searchParams.get('type') ?? ''];
    if (url.includes('/dns-query?') && type !== undefined) {
      const found = told.addresses.filter((address) => address.includes(':') === (type === 28));
      return Response.json({ Status: 0, Answer: found.map((data) => ({ name: '', type, data })) });
    }
    seen.push(request);
    const instead = await told.instead(new URL(url));
    if (instead !== null) return instead;
    const { pathname } = new URL(url);
    if (pathname.endsWith('/.well-known/openid-configuration')) return Response.json(told.metadata);
    if (pathname.endsWith('/jwks')) return Response.json({ keys: [{ ...jwk, ...told.key }] });
    if (pathname.endsWith('/token')) {
      return Response.json({
        access_token: 'at',
        token_type: 'Bearer',
        id_token: await (told.sign ?? signed)(told.claims),
      });
    }
    return new Response(null, { status: 404 });
  };
  return { told, seen, fetch: reached, signed, unsigned, byPublicKey, byStranger };
}
