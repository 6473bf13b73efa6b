import type { Result } from '#shared/domain/result.ts';

/** Error codes of the provider: RFC 6749 §4.1.2.1 and §5.2, OIDC Core §3.1.2.6, and the RFC named beside others. */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied'
  | 'login_required'
  | 'consent_required'
  | 'request_not_supported'
  | 'invalid_request_uri'
  /** OpenID Connect Core Unmet Authentication Requirements 1.0. */
  | 'unmet_authentication_requirements'
  /** RFC 9449. */
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  /** From this address too often: answered with 429 (RFC 9126 §2.3). */
  | 'temporarily_unavailable'
  /** RFC 8628 §3.5. */
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token';

export interface Refusal {
  error: OAuthError;
  /** For the developer of the client, in the characters RFC 6749 §5.2 allows. */
  description: string;
  /** Seconds; with `temporarily_unavailable` alone. */
  retryAfter?: number;
}
export type OAuthResult<Value> = Result<Value, Refusal>;

export const refuse = (error: OAuthError, description: string): { ok: false; error: Refusal } => ({
  ok: false,
  error: { error, description },
});
