import { rfc3339 } from '#shared/time/time.ts';
import type { ClientRow, ClientSecretRow } from '../queries/clients.ts';

export const clientBody = (client: ClientRow) => ({
  ...client,
  createdAt: rfc3339(client.createdAt),
  updatedAt: rfc3339(client.updatedAt),
});

/** Never with the secret or its hash. */
export const secretBody = ({ id, createdAt, expiresAt }: Omit<ClientSecretRow, 'secretHash'>) => ({
  id,
  createdAt: rfc3339(createdAt),
  expiresAt: expiresAt === null ? null : rfc3339(expiresAt),
});
