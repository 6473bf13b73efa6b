import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { IssuedKeys } from '#shared/contracts/auth.ts';
import { isCompactJws } from '#shared/crypto/compact-jws.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { ACR_VALUES, TWO_FACTORS, type Acr } from '#shared/auth/step-up.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { SECOND_MS, type Clock } from '#shared/time/time.ts';
import type { Rights } from './permissions.ts';
import { API_KEY, apiKeyTokens } from './api-key.ts';
import { checkDpopProof, DPOP_PROOF_AGE_SECONDS, seenProofs } from './dpop.ts';
import { isRevoked, type Issue, keySet } from './key-set.ts';

/** Audience of access tokens for this API (RFC 9068 §2.2). */
export const ACCESS_TOKEN_AUDIENCE = 'tradepost-api';
export const ACCESS_TOKEN_TTL_SECONDS = 600;
/** `client_id` of our own pages (RFC 9068 §2.2): their tokens are narrowed by no scope. */
export const FIRST_PARTY_CLIENT = 'tradepost-web';
const CLOCK_TOLERANCE_SECONDS = 5;

const subjectSchema = z.string().regex(/^usr_[0-9a-f]{32}$/);
const claimsSchema = z
  .object({
    sub: subjectSchema,
    sid: z.string().optional(),
    client_id: z.string(),
    roles: z.array(z.string()).max(20),
    scope: z.string().max(4_000).optional(),
    auth_time: z.int().optional(),
    amr: z.array(z.string()).optional(),
    acr: z.string().optional(),
    acr_due: z.enum(ACR_VALUES).optional(),
    /** A confirmation this code does not know must not pass for a bearer token. */
    cnf: z.strictObject({ jkt: z.string().regex(/^[\w-]{43}$/) }).optional(),
    act: z.looseObject({ sub: subjectSchema, sid: z.string().optional() }).optional(),
    org: idSchema('organisation').optional(),
    org_role: z.string().max(20).optional(),
  })
  .refine(({ org, org_role }) => (org === undefined) === (org_role === undefined))
  .refine(
    ({ client_id, sid, auth_time, amr, acr }) =>
      client_id !== FIRST_PARTY_CLIENT || [sid, auth_time, amr, acr].every((claim) => claim !== undefined),
  );

/** What the auth worker writes and nothing else: a token that brings a key, or names where to get one, is hostile. */
const headerSchema = z.strictObject({
  alg: z.literal('EdDSA'),
  typ: z.literal('at+jwt'),
  kid: z.string().min(1),
});

/** Who is calling, as proven by a verified access token. */
export interface Actor extends Rights {
  userId: string;
  /** Null: of a service or an API key, which have no session. */
  sessionId: string | null;
  clientId: string;
  roles: string[];
  /** What the token is narrowed to; null: one of our own pages, which may all that the roles may. */
  scope: string[] | null;
  /** The member of staff who acts as the user (RFC 8693 §4.1); null: the user. */
  actingId: string | null;
  /** When the user last authenticated, seconds since the epoch; 0: nobody did, as for a service. */
  authTime: number;
  /** By which the token can be revoked. */
  issue: Issue;
  /** End of the token, seconds since the epoch. */
  expiresAt: number;
  /** Methods used (RFC 8176), e.g. `hwk` for a passkey, `pwd`. */
  amr: string[];
  acr: string;
  /** Strongest class that may be asked of this account (`STEP_UP`); a token that does not say is asked for all. */
  acrDue: Acr;
}

/** How a token was sent: a bound one counts only with the proof of its key for this very request (RFC 9449 §7). */
export type Presented =
  | { scheme: 'Bearer' }
  | {
      scheme: 'DPoP';
      proof: string;
      method: string;
      /** Path of our own, without the origin. */ path: string;
    };

export interface AccessTokenVerifier {
  /**
   * The actor, or null for every token that is not exactly what the auth worker signs, sent as it must be. An API key
   * stands for the token it is exchanged for.
   */
  verify(token: string, presented?: Presented): Promise<Actor | null>;
}

/**
 * Verifies access tokens without a network call while the key set is fresh (RFC 9068 §4, RFC 8725).
 * `EdDSA` and `at+jwt` are pinned; keys come from `loadKeys` alone, never from the token's own header.
 */
export function accessTokenVerifier(options: {
  issuer: string;
  loadKeys: () => Promise<IssuedKeys>;
  /** Access token of an API key; left out: keys are refused. */
  exchangeKey?: (key: string) => Promise<string | null>;
  /** Whether nobody in the whole shop used this id yet; left out: single use is kept within this isolate. */
  useOnce?: (id: string, until: number) => Promise<boolean>;
  clock: Clock;
}): AccessTokenVerifier {
  const proofs = seenProofs();
  const apiKeys = apiKeyTokens(options.exchangeKey ?? (() => Promise.resolve(null)));

  const known = keySet(options.loadKeys, options.clock);

  async function check(token: string, presented: Presented): Promise<Actor | null> {
    const { keys, revoked } = await known();
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer: options.issuer,
      audience: ACCESS_TOKEN_AUDIENCE,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(options.clock.now()),
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
    });
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success || !headerSchema.safeParse(protectedHeader).success) return null;
    const { sub, sid = null, client_id, roles, scope = '', auth_time = 0, amr = [], acr = '' } = claims.data;
    const { org, act } = claims.data;
    const subjects = [sub, client_id, org, sid, act?.sub, act?.sid].filter(
      (subject) => typeof subject === 'string',
    );
    const issue = { subjects, at: payload.iat ?? 0 };
    if (isRevoked(revoked, issue)) return null;
    if (!(await isSentRightly(token, claims.data.cnf?.jkt ?? null, presented))) return null;
    return {
      userId: sub,
      sessionId: sid,
      clientId: client_id,
      roles,
      scope: client_id === FIRST_PARTY_CLIENT ? null : scope.split(' '),
      actingId: claims.data.act?.sub ?? null,
      organisation: organisationIn(claims.data),
      authTime: auth_time,
      issue,
      expiresAt: payload.exp ?? 0,
      amr,
      acr,
      acrDue: claims.data.acr_due ?? TWO_FACTORS,
    };
  }

  /** A bound token with a proof of its own key that was not seen before; any other as a bearer token. */
  async function isSentRightly(
    token: string,
    boundTo: string | null,
    presented: Presented,
  ): Promise<boolean> {
    if (presented.scheme === 'Bearer') return boundTo === null;
    const now = options.clock.now();
    const { method, path } = presented;
    const expected = { method, url: options.issuer + path, accessToken: token, now };
    const proof = await checkDpopProof(presented.proof, expected);
    if (proof === null || proof.jkt !== boundTo || !proofs.isNew(proof, now)) return false;
    if (options.useOnce === undefined) return true;
    const until = now + 2 * DPOP_PROOF_AGE_SECONDS * SECOND_MS;
    return options.useOnce(sha256(`${proof.jkt} ${proof.jti}`), until);
  }

  /** Null: refused. A fault in loading keys is thrown. */
  const checked = async (token: string | null, presented: Presented): Promise<Actor | null> =>
    token === null || !isCompactJws(token) ? null : check(token, presented).catch(nullOnTokenFault);

  return {
    async verify(credential, presented = { scheme: 'Bearer' }) {
      if (!API_KEY.test(credential)) return checked(credential, presented);
      const { clock } = options;
      const actor = await checked(await apiKeys.tokenOf(credential, clock.now()), presented);
      // What it was exchanged for may have been revoked with its owner's rights: a newer one has the present ones.
      if (actor !== null || !apiKeys.forget(credential)) return actor;
      return checked(await apiKeys.tokenOf(credential, clock.now()), presented);
    },
  };
}

const organisationIn = ({ org, org_role }: z.infer<typeof claimsSchema>): Actor['organisation'] =>
  org === undefined || org_role === undefined ? null : { id: org, role: org_role };

/** A bad token is a refusal; a fault in loading keys is not, and must surface as a 5xx rather than a 401. */
function nullOnTokenFault(error: unknown): null {
  if (error instanceof errors.JOSEError) return null;
  throw error;
}
