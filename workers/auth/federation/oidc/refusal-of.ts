import * as oauth from 'oauth4webapi';
import type { Refusal } from '../asserted.ts';
import { ProviderFault } from '../safe-fetch.ts';

const WORDS: Record<string, string> = {
  [oauth.JWT_TIMESTAMP_CHECK]: 'time',
  [oauth.KEY_SELECTION]: 'key',
  [oauth.INVALID_RESPONSE]: 'response',
  [oauth.PARSE_ERROR]: 'response',
  [oauth.RESPONSE_IS_NOT_JSON]: 'response',
  [oauth.RESPONSE_IS_NOT_CONFORM]: 'response',
  [oauth.JSON_ATTRIBUTE_COMPARISON]: 'issuer',
  [oauth.JWT_USERINFO_EXPECTED]: 'userinfo',
};

/** Why an exchange with a provider failed; throws on what is no doing of the provider. Tells nothing of tokens or codes. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof ProviderFault) return { reason: error.reason, detail: error.message };
  if (error instanceof oauth.AuthorizationResponseError) {
    return { reason: 'denied', detail: `the provider answered ${error.error}` };
  }
  if (error instanceof oauth.ResponseBodyError) {
    return { reason: 'token_request', detail: `the token endpoint answered ${error.error}` };
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return { reason: 'token_request', detail: `the provider answered ${error.status}` };
  }
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    const { claim } = (error.cause ?? {}) as { claim?: unknown };
    const isClaim = error.code === oauth.JWT_CLAIM_COMPARISON && typeof claim === 'string';
    return {
      reason: isClaim ? `claim_${claim}` : (WORDS[error.code ?? ''] ?? 'response'),
      detail: error.message,
    };
  }
  throw error;
}
