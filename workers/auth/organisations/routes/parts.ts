import { z } from 'zod';
import { encodeCursor, decodeCursor } from '#shared/http/cursor.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Membership } from '../queries/organisations.ts';

export const PATH = '/v1/auth/organisations';
export const TAG = ['Organisations'];
export const params = z.strictObject({ id: idSchema('organisation') });

/** Of every route of one organisation. */
export const FOR_ONE = ['unauthenticated', 'forbidden', 'not-found', 'validation-failed'] as const;
/** Of one that takes a body beside. */
export const BY_BODY = [
  ...FOR_ONE,
  'conflict',
  'malformed-request',
  'body-too-large',
  'unsupported-media-type',
] as const;

export const organisationBody = ({ organisation, role }: Membership) => ({
  id: organisation.id,
  name: organisation.name,
  status: organisation.status,
  role,
  createdAt: rfc3339(organisation.createdAt),
});

/** The id a page goes on after; empty: from the beginning. */
export const positionOf = (cursor: string | undefined): string =>
  cursor === undefined ? '' : decodeCursor(z.string().max(60), cursor);
export const nextOf = (page: { more: boolean }, lastId: string | undefined): string | null =>
  page.more && lastId !== undefined ? encodeCursor(lastId) : null;
