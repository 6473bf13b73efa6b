import type { Context } from 'hono';
import type { ClientOrigin } from '#objects/fraud/face.ts';
import { networkOf, subjectNames } from '#objects/fraud/subjects.ts';
import type { AppEnv } from '#shared/http/app.ts';
import type { Env } from '../env.ts';

/** Everybody on a laptop: nobody is told from another by it. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);
/** ISO 3166-1 alpha-2; `XX` and `T1` are how the platform says unknown and Tor. */
const COUNTRY = /^(?!XX)[A-Z]{2}$/;

/** The network the request came from; null: it is not known, or is this machine. */
export function clientNetwork(c: Context<AppEnv<Env>>): string | null {
  const address = c.req.header('x-client-ip');
  return address === undefined || LOOPBACK.has(address) ? null : networkOf(address);
}

/** Where the request came from, by headers the gateway alone sets. The address goes no further than here. */
export function originOf(c: Context<AppEnv<Env>>): ClientOrigin {
  const network = clientNetwork(c);
  const country = c.req.header('x-client-country') ?? '';
  return {
    addressKey: network === null ? null : subjectNames(c.env.FRAUD_KEY)('client_address', network),
    country: COUNTRY.test(country) ? country : null,
  };
}
