import { equalBytes, fromBase64, toBase64Url } from '#shared/crypto/bytes.ts';
import type { RingKey } from '#shared/crypto/key-ring.ts';
import type { AuthPorts } from '../../ports.ts';
import { SENT_TO_SIGN_IN_MS } from '../limits.ts';

/** Our own parameter, added when the customer is sent to sign in again: when that was, with our seal. */
const SINCE = 'tp_since';

type Keys = Pick<AuthPorts, 'fieldKeys' | 'clock'>;

/**
 * The request with the moment from which a sign-in is one it asked for. Sealed for this very request: whoever sits at the
 * browser could else write an older one, and pass for signed in anew.
 */
export function stamped(ports: Keys, query: string): string {
  const at = String(ports.clock.now());
  const stamp = new URLSearchParams(query);
  stamp.set(SINCE, `${at}.${toBase64Url(sealOf(ports.fieldKeys.current, at, query))}`);
  return stamp.toString();
}

/** Epoch milliseconds of the moment in a request; null: there is none, it is too long ago, or not of our making. */
export function stampedAt(ports: Keys, query: string): number | null {
  const [, at, seal] = /^(\d{1,15})\.([\w-]{43})$/.exec(new URLSearchParams(query).get(SINCE) ?? '') ?? [];
  if (at === undefined || seal === undefined || ports.clock.now() - Number(at) > SENT_TO_SIGN_IN_MS)
    return null;
  const isOurs = ports.fieldKeys.all.some((key) => equalBytes(sealOf(key, at, query), fromBase64(seal)));
  return isOurs ? Number(at) : null;
}

function sealOf(key: RingKey, at: string, query: string): Uint8Array {
  const request = new URLSearchParams(query);
  request.delete(SINCE);
  return key.mac('sent to sign in', `${at}\n${request.toString()}`);
}
