import { sha256, sha256Hex } from '#shared/crypto/bytes.ts';

/**
 * What one sign-in at a provider is bound by. All of it comes from the browser's secret and the state, so that it need
 * not be kept: the database holds hashes of both and nothing that could be used.
 */
export interface Handshake {
  state: string;
  /** OpenID Connect: binds the ID token. */
  nonce: string;
  /** PKCE (RFC 7636). */
  verifier: string;
  /** SAML: id of the authentication request, which the response must name. */
  requestId: string;
}

export const handshakeOf = (browser: string, state: string): Handshake => ({
  state,
  nonce: sha256(`nonce\n${browser}\n${state}`),
  verifier: sha256(`verifier\n${browser}\n${state}`),
  // An NCName may not begin with a digit.
  requestId: `_${sha256Hex(`request\n${browser}\n${state}`)}`,
});
