import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { randomSecret } from '#shared/crypto/bytes.ts';
import { Problem } from '#shared/http/problems.ts';
import type { PageEnv } from './env.ts';
import { callInternally } from './internal.ts';

const ACCESS_COOKIE = 'access';
const REFRESH_COOKIE = 'refresh';
const DEVICE_COOKIE = 'device';
/** The organisation the browser acts for: each renewal asks for it anew. */
const ACTING_COOKIE = 'acting-for';
/** Where a browser that has no device secret yet gets one. */
const SIGN_INS =
  /^\/v1\/auth\/(?:sign-in|verify-email|passkeys\/sign-in$|email-code\/sign-in|federation\/[^/]+\/callback$)/;
/** The access cookie goes this long before its token expires, so that a token in use has time left. */
const EXPIRY_MARGIN_SECONDS = 30;
/** Browsers cap a cookie's age at 400 days (RFC 6265bis §5.5). */
const COOKIE_AGE_SECONDS_MAX = 400 * 24 * 3600;

export const tokensSchema = z.object({
  accessToken: z.string(),
  expiresIn: z.number(),
  refreshToken: z.string(),
  refreshExpiresIn: z.number(),
});
export type Tokens = z.infer<typeof tokensSchema>;

/** The browser's session: tokens in cookies no script can read, renewed when they are about to expire. */
export interface Session {
  /** Whether the browser holds a session; whether it still stands only a call tells. */
  readonly present: boolean;
  /** A fresh access token, or null when nobody is signed in. At most one renewal a request. */
  accessToken(): Promise<string | null>;
  /** Renews after the API refused the token it was given (revoked, key withdrawn); null when that is refused too. */
  renew(): Promise<string | null>;
  /** Whether the session was renewed for this request: it stands, even where the API takes its newest token nowhere yet. */
  readonly isRenewed: boolean;
  /** What the token says of its owner, to show or hide what they may do; only the API decides. */
  readonly roles: readonly string[];
  /** Who is signed in, as the token says; null: nobody. */
  readonly person: string | null;
  /** The organisation the token acts for; null: the person alone. */
  readonly organisation: string | null;
  /** Acts for an organisation from now on, or (null) for oneself; false when one is not in it. */
  actFor(organisationId: string | null): Promise<boolean>;
  refreshToken(): string | undefined;
  /**
   * Secret by which the authentication service knows this browser again, for a call to `path`: its owner is told of
   * browsers it does not know, and guesses from elsewhere never stand in the way of this one. Kept from the first
   * sign-in that succeeds.
   */
  device(path: string): string | undefined;
  open(tokens: Tokens): void;
  /** The same session with a newer access token. */
  replaceAccess(token: Pick<Tokens, 'accessToken' | 'expiresIn'>): void;
  close(): void;
}

/** Cookie attributes of this shop; over https the `__Host-` prefix binds a cookie to exactly this host. */
export function cookieOptions(publicOrigin: string, maxAge: number): CookieOptions {
  const secure = publicOrigin.startsWith('https:');
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure,
    maxAge: Math.min(maxAge, COOKIE_AGE_SECONDS_MAX),
    ...(secure ? { prefix: 'host' as const } : {}),
  };
}

/** Reads a cookie written with `cookieOptions`. */
export const readCookie = (c: Context<PageEnv>, name: string): string | undefined =>
  c.env.PUBLIC_ORIGIN.startsWith('https:') ? getCookie(c, name, 'host') : getCookie(c, name);

const claimsSchema = z.object({
  sub: z.string().optional(),
  roles: z.array(z.string()),
  org: z.string().optional(),
});

interface Claims {
  person: string | null;
  roles: string[];
  organisation: string | null;
}

function claimsIn(token: string | null): Claims {
  try {
    const claims = (token?.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { sub = null, roles, org = null } = claimsSchema.parse(JSON.parse(atob(claims)));
    return { person: sub, roles, organisation: org };
  } catch {
    return { person: null, roles: [], organisation: null };
  }
}

/** Gives page routes `c.var.session`. */
export const withSession = createMiddleware<PageEnv>(async (c, next) => {
  c.set('session', cookieSession(c));
  await next();
});

export function cookieSession(c: Context<PageEnv>): Session {
  let access = readCookie(c, ACCESS_COOKIE) ?? null;
  let refresh = readCookie(c, REFRESH_COOKIE);
  let device = readCookie(c, DEVICE_COOKIE);
  let acting = readCookie(c, ACTING_COOKIE) ?? null;
  let renewal: Promise<string | null> | null = null;
  let isRenewed = false;

  const write = (name: string, value: string, seconds: number) =>
    setCookie(c, name, value, cookieOptions(c.env.PUBLIC_ORIGIN, seconds));
  const forget = (name: string) => deleteCookie(c, name, cookieOptions(c.env.PUBLIC_ORIGIN, 0));
  const keep = (tokens: Tokens) => {
    session.replaceAccess(tokens);
    refresh = tokens.refreshToken;
    write(REFRESH_COOKIE, refresh, Math.floor(tokens.refreshExpiresIn));
  };
  const session: Session = {
    get present() {
      return access !== null || refresh !== undefined;
    },
    get isRenewed() {
      return isRenewed;
    },
    get roles() {
      return claimsIn(access).roles;
    },
    get person() {
      return claimsIn(access).person;
    },
    get organisation() {
      return claimsIn(access).organisation;
    },
    async actFor(organisationId) {
      const answer = await exchanged(organisationId);
      if (answer === null || !answer.ok) return false;
      keep(tokensSchema.parse(await answer.json()));
      acting = organisationId;
      if (organisationId === null) forget(ACTING_COOKIE);
      else write(ACTING_COOKIE, organisationId, COOKIE_AGE_SECONDS_MAX);
      return true;
    },
    async accessToken() {
      return access ?? session.renew();
    },
    renew() {
      renewal ??= renewed();
      return renewal;
    },
    refreshToken: () => refresh,
    device(path) {
      if (SIGN_INS.test(path)) device ??= randomSecret();
      return path.startsWith('/v1/auth/') ? device : undefined;
    },
    open(tokens) {
      keep(tokens);
      if (acting !== null) forget(ACTING_COOKIE);
      acting = null;
      if (device !== undefined && device !== readCookie(c, DEVICE_COOKIE)) {
        write(DEVICE_COOKIE, device, COOKIE_AGE_SECONDS_MAX);
      }
    },
    replaceAccess({ accessToken, expiresIn }) {
      access = accessToken;
      write(ACCESS_COOKIE, access, Math.max(1, Math.floor(expiresIn) - EXPIRY_MARGIN_SECONDS));
    },
    close() {
      access = null;
      refresh = undefined;
      acting = null;
      for (const name of [ACCESS_COOKIE, REFRESH_COOKIE, ACTING_COOKIE]) forget(name);
    },
  };

  /** Null: there is nothing to exchange. */
  async function exchanged(organisationId: string | null): Promise<Response | null> {
    if (refresh === undefined) return null;
    return callInternally(c, {
      method: 'POST',
      path: '/v1/auth/token',
      body: { refreshToken: refresh, ...(organisationId === null ? {} : { organisationId }) },
    });
  }

  /** Several pages loading at once send the same refresh token; the API answers all of them alike for a few seconds. */
  async function renewed(): Promise<string | null> {
    let response = await exchanged(acting);
    // Not in it any more, or it was closed: they go on for themselves.
    if (acting !== null && (response?.status === 404 || response?.status === 422)) {
      acting = null;
      forget(ACTING_COOKIE);
      response = await exchanged(null);
    }
    if (response === null) return null;
    if (response.ok) {
      keep(tokensSchema.parse(await response.json()));
      isRenewed = true;
      return access;
    }
    if (response.status >= 500 || response.status === 429) {
      throw new Problem({ slug: 'unavailable', detail: 'Signing in is not possible for the moment.' });
    }
    session.close();
    return null;
  }
  return session;
}
