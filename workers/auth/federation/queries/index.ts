import { connectionQueries } from './connections.ts';
import { domainQueries } from './domains.ts';
import { identityQueries } from './identities.ts';
import { requestQueries } from './requests.ts';

/** Statements of sign-in by other providers. */
export const federationQueries = (database: D1Database) => ({
  connections: connectionQueries(database),
  domains: domainQueries(database),
  identities: identityQueries(database),
  requests: requestQueries(database),
});
export type FederationQueries = ReturnType<typeof federationQueries>;
