/** Where a provider sends people back to: one address a connection, so that none can be taken for another (RFC 9700 §4.4). */
export const callbackUrl = (origin: string, connectionId: string): string =>
  `${origin}/sign-in/callback/${connectionId}`;

/** Our `entityID` at one SAML identity provider, which is where our metadata is. */
export const metadataUrl = (origin: string, connectionId: string): string =>
  `${origin}/v1/auth/federation/${connectionId}/metadata`;

/** Contexts values are sealed in. */
export const connectionSecret = (id: string): string => `connections/${id}/secret`;
export const sealedIdentity = (id: string): string => `identities/${id}/identity`;
export const sealedLabel = (id: string): string => `identities/${id}/label`;
