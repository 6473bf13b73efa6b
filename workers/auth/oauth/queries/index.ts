import { apiKeyQueries } from './api-keys.ts';
import { clientQueries } from './clients.ts';
import { codeQueries } from './codes.ts';
import { consentQueries } from './consents.ts';
import { deviceCodeQueries } from './device-codes.ts';
import { pushedRequestQueries } from './pushed-requests.ts';
import { seenIdQueries } from './seen-ids.ts';
import { supportAccessQueries } from './support-accesses.ts';

/** Statements of the OpenID Connect provider. */
export const oauthQueries = (database: D1Database) => ({
  apiKeys: apiKeyQueries(database),
  clients: clientQueries(database),
  codes: codeQueries(database),
  consents: consentQueries(database),
  devices: deviceCodeQueries(database),
  pushed: pushedRequestQueries(database),
  seenIds: seenIdQueries(database),
  supportAccesses: supportAccessQueries(database),
});
export type OAuthQueries = ReturnType<typeof oauthQueries>;
