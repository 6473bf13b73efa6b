import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import type { CallContext } from './call.ts';

/** A public Ed25519 key (RFC 8037) as served in the JWKS (RFC 7517). */
export interface PublicJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  kid: string;
  alg: 'EdDSA';
  use: 'sig';
}

/** What a worker verifies access tokens by. */
export interface IssuedKeys {
  keys: PublicJwk[];
  /** Tokens of an account, a client or a session, or that act for an organisation (`*`: all there are), that were issued before this second of the epoch count no more. */
  revoked?: { subject: string; before: number }[];
}

/** Id of something that counts once, and until when it could come again (epoch milliseconds). */
export const useOnceSchema = z.strictObject({ id: z.string().min(1).max(100), until: z.int() });

export const contactQuerySchema = z.strictObject({
  userId: idSchema('user'),
  organisationId: idSchema('organisation').nullable().default(null),
});
export const apiKeySchema = z.strictObject({ key: z.string().max(100) });
export const accountQuerySchema = z.strictObject({ email: z.email().max(254), actorId: idSchema('user') });

/** RPC face of the auth worker (entrypoint `AuthRpc`) for the other workers. */
export interface AuthService {
  /** Keys that may have signed an access token still alive, newest first, and whose tokens count no more. */
  getJwks(call: CallContext): Promise<IssuedKeys>;
  /** True for the first caller in the whole shop: for proofs of possession (RFC 9449 §11.1). */
  useOnce(call: CallContext, input: { id: string; until: number }): Promise<boolean>;
  /**
   * Verified address of an account, for order mails; null when unknown or closed. Of what is an organisation's, the address
   * of the person while they are in it, else of its longest-standing owner.
   */
  getContact(
    call: CallContext,
    input: { userId: string; organisationId?: string | null },
  ): Promise<{ email: string; /** Epoch milliseconds. */ createdAt?: number } | null>;
  /** A short-lived access token for an API key that counts now; null: it does not. Notes that the key was used. */
  exchangeApiKey(call: CallContext, input: { key: string }): Promise<{ accessToken: string } | null>;
  /** The account with this address, for staff who search by it; audited as a look by `actorId`. Null when there is none. */
  findAccount(
    call: CallContext,
    input: { email: string; actorId: string },
  ): Promise<{ userId: string } | null>;
}
