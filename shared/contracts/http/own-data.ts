import { z } from 'zod';
import { meSchema, organisationSchema, passkeySchema, sessionSchema } from './auth.ts';
import { identitySchema } from './federation.ts';
import { apiKeyListSchema, applicationListSchema, supportAccessListSchema } from './oauth.ts';

/** All that the authentication service keeps about somebody, but for what is secret from them too. */
export const ownDataSchema = z
  .strictObject({
    account: meSchema.omit({ session: true }),
    passkeys: z.array(passkeySchema),
    identities: z.array(identitySchema),
    /** Of applications too. */
    sessions: z.array(sessionSchema),
    devices: z.array(z.strictObject({ firstSeenAt: z.iso.datetime(), lastSeenAt: z.iso.datetime() })),
    apiKeys: apiKeyListSchema.shape.items,
    applications: applicationListSchema.shape.items,
    organisations: z.array(organisationSchema),
    /** Times staff saw what one sees. */
    supportAccesses: supportAccessListSchema.shape.items,
    /** Newest first. */
    events: z.array(
      z.strictObject({
        at: z.iso.datetime(),
        action: z.string(),
        outcome: z.enum(['success', 'failure']),
        factor: z.string(),
        network: z.string(),
      }),
    ),
  })
  .meta({ id: 'OwnData' });
