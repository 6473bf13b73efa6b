/**
 * Authentication context classes of access tokens (RFC 9068 §2.2.1), from weak to strong: the mailbox alone, one factor,
 * two factors or a passkey with user verification.
 */
export const ACR_VALUES = ['urn:tradepost:acr:0', 'urn:tradepost:acr:1', 'urn:tradepost:acr:2'] as const;
