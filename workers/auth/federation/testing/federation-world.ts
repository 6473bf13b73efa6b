import type { z } from 'zod';
import {
  arrivedSchema,
  connectionSchema,
  startedSchema,
  type Arrived,
  type connectionInputSchema,
  type startInputSchema,
} from '#shared/contracts/http/federation.ts';
import type { TokensBody } from '#shared/contracts/http/auth.ts';
import { randomSecret } from '#shared/crypto/bytes.ts';
import { authWorld, newIp, parsed, type Call } from '../../testing/harness.ts';

type Input = z.input<typeof connectionInputSchema>;
type Connection = z.infer<typeof connectionSchema>;

/** The auth worker with an administrator who makes connections, and browsers that go to providers and come back. */
export function federationWorld(world = authWorld()) {
  let administrator: Promise<{ tokens: TokensBody }> | null = null;
  const adminToken = async (): Promise<string> =>
    (await (administrator ??= world.newAdministrator())).tokens.accessToken;

  async function connect(input: Input): Promise<Connection> {
    const call = { body: input, token: await adminToken() };
    return parsed(await world.call('/v1/auth/connections', call), connectionSchema);
  }

  /** A browser at the beginning of a sign-in. */
  const newBrowser = (ip = newIp()) => {
    const browser = randomSecret();
    const start = (
      connectionId: string,
      input: Omit<z.input<typeof startInputSchema>, 'browser'> = {},
      options: Call = {},
    ): Promise<Response> =>
      world.call(`/v1/auth/federation/${connectionId}/start`, {
        ip,
        ...options,
        body: { browser, ...input },
      });
    const begin = async (...given: Parameters<typeof start>): Promise<URL> =>
      new URL((await parsed(await start(...given), startedSchema)).location);
    const finish = (connectionId: string, parameters: string, options: Call = {}): Promise<Response> =>
      world.call(`/v1/auth/federation/${connectionId}/callback`, {
        ip,
        ...options,
        body: { browser, parameters },
      });
    return { browser, start, begin, finish };
  };

  /** The newest entry of the audit log about this connection. */
  async function lastAudit(
    connectionId: string,
  ): Promise<{ action: string; outcome: string; detail: string }> {
    const row = await world.env.AUTH_DB.prepare(
      `SELECT action, outcome, detail FROM audit_log WHERE json_extract(detail, '$.connectionId') = ?
       ORDER BY sequence DESC LIMIT 1`,
    )
      .bind(connectionId)
      .first<{ action: string; outcome: string; detail: string }>();
    return row ?? { action: '', outcome: '', detail: '{}' };
  }
  const lastReason = async (connectionId: string): Promise<unknown> =>
    (JSON.parse((await lastAudit(connectionId)).detail) as { reason?: unknown }).reason;

  return { ...world, adminToken, connect, newBrowser, lastAudit, lastReason };
}

/** Tokens of a sign-in that ended in a session. */
export async function tokensOf(response: Response): Promise<TokensBody> {
  const arrived: Arrived = await parsed(response, arrivedSchema);
  if (arrived.status !== 'signed_in' || !('accessToken' in arrived.signedIn)) {
    throw new Error(`no session: ${JSON.stringify(arrived)}`);
  }
  return arrived.signedIn;
}

/** Follows a provider's redirects as a browser does, with its cookies, until it leads back to the shop. */
export async function travel(from: URL, cookies = new Map<string, string>()): Promise<URL> {
  let url = from;
  for (let hops = 0; hops < 10; hops += 1) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`${url.href} answered ${response.status}: ${await response.text()}`);
    url = new URL(location, url);
    if (url.hostname === 'shop.test') return url;
  }
  throw new Error('too many redirects');
}

/** Signs in at a SAML provider; the form it would have the browser post. `sign`: what it signs. */
export async function atSamlProvider(
  location: URL,
  { ours }: Connection,
  person: string,
  sign = 'both',
): Promise<string> {
  location.searchParams.set('person', person);
  location.searchParams.set('sign', sign);
  location.searchParams.set('consumer', ours.callbackUrl);
  const page = await (await fetch(location)).text();
  const field = (name: string): string =>
    new RegExp(`name="${name}"\\s+value="([^"]*)"`).exec(page)?.[1] ?? '';
  const response = field('SAMLResponse')
    .replaceAll(/&#(?:43|x2B);/gi, '+')
    .replaceAll(/&#(?:61|x3D);/gi, '=');
  return new URLSearchParams({ SAMLResponse: response, RelayState: field('RelayState') }).toString();
}
