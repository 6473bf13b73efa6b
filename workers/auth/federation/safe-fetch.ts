import { concatenated } from '#shared/crypto/bytes.ts';
import { hostOf, isAddress, targetFault, type TargetPolicy } from '#shared/domain/web-target.ts';
import type { HostCheck } from './public-hosts.ts';
import { PROVIDER_BYTES_MAX, PROVIDER_TIMEOUT_MS } from './limits.ts';

/** A request to a provider that was not made, or whose answer is not taken. */
export class ProviderFault extends Error {
  readonly reason: string;
  constructor(reason: string, detail: string) {
    super(detail);
    this.name = 'ProviderFault';
    this.reason = reason;
  }
}

/** As much of `fetch` as a provider is asked by. */
export type ProviderFetch = (
  url: string,
  init?: {
    method?: string;
    headers?: Record<string, string>;
    body?: BodyInit | null | undefined;
    redirect?: 'manual';
    signal?: AbortSignal;
  },
) => Promise<Response>;

/** Why a provider's address may not be called; null when it may. By name alone: an address literal is nobody's issuer. */
export function providerFault(url: string, policy: TargetPolicy): string | null {
  const fault = targetFault(url, policy);
  if (fault !== null || policy === 'any') return fault;
  return isAddress(hostOf(new URL(url))) ? 'must name a host, not an address' : null;
}

/**
 * `fetch` to addresses that come from a connection or from what its provider says: https and public names alone, no
 * redirect followed, a time limit for the whole answer and a limit for its size. `hosts` looks at the addresses behind a
 * name; the runtime itself keeps requests from private networks (`global_fetch_strictly_public`).
 */
export const providerFetch =
  (policy: TargetPolicy, call: typeof fetch, hosts: HostCheck): ProviderFetch =>
  async (url, { body = null, ...init } = {}) => {
    const fault =
      providerFault(url, policy) ?? (policy === 'public' ? await hosts(hostOf(new URL(url))) : null);
    if (fault !== null) throw new ProviderFault('address', `${url} ${fault}`);
    const signal = AbortSignal.timeout(PROVIDER_TIMEOUT_MS);
    try {
      const response = await call(url, { ...init, body, redirect: 'manual', signal });
      if (response.status >= 300 && response.status < 400) {
        await response.body?.cancel();
        throw new ProviderFault('redirect', `${url} answered a redirect, which is not followed`);
      }
      const answer = await limited(response, url);
      return new Response(answer.length === 0 ? null : answer, {
        status: response.status,
        headers: headersKept(response.headers),
      });
    } catch (error) {
      if (error instanceof ProviderFault) throw error;
      throw new ProviderFault('unreachable', `${url} did not answer in time`);
    }
  };

/** Those that say how to read it; the body is decoded already. */
const headersKept = (headers: Headers): [string, string][] =>
  ['content-type', 'www-authenticate'].flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });

async function limited(response: Response, url: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return new Uint8Array();
  for await (const part of body) {
    length += part.length;
    if (length > PROVIDER_BYTES_MAX) {
      throw new ProviderFault('size', `${url} answered more than ${PROVIDER_BYTES_MAX} bytes`);
    }
    parts.push(part);
  }
  return concatenated(...parts);
}
