import { organisationKeyQueries } from './api-keys.ts';
import { invitationQueries } from './invitations.ts';
import { memberQueries } from './members.ts';
import { removedMemberQueries } from './removed-members.ts';
import { organisationRows } from './organisations.ts';

/** Statements of organisations. */
export const organisationQueries = (database: D1Database) => ({
  ...organisationRows(database),
  members: memberQueries(database),
  removed: removedMemberQueries(database),
  invitations: invitationQueries(database),
  keys: organisationKeyQueries(database),
});
export type OrganisationQueries = ReturnType<typeof organisationQueries>;
