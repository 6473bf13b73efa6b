import { randomSecret, toBase64Url } from '#shared/crypto/bytes.ts';
import type { KeyRing } from '#shared/crypto/key-ring.ts';
import { equalBytes } from '#shared/crypto/bytes.ts';
import type { Clock } from '#shared/time/time.ts';
import type { Occasion } from './challenge.ts';

interface Content {
  pressure: number;
  /** Epoch milliseconds. */
  expiresAt: number;
}
const SEALED = /^([\w-]{43})\.(\d{1,2})\.(\d{1,15})\.([\w-]{43})$/;

/** Texts that only we can have made, good for one occasion and until their end, of which nothing is kept. */
export function challengeSeals(ring: KeyRing, clock: Clock) {
  const covered = (kind: string, { action, emailIndex }: Occasion, body: string): string =>
    [kind, action, emailIndex, body].join('/');
  return {
    make(kind: string, occasion: Occasion, { pressure, expiresAt }: Content): string {
      const body = `${randomSecret()}.${pressure}.${expiresAt}`;
      return `${body}.${toBase64Url(ring.current.mac('challenge', covered(kind, occasion, body)))}`;
    },

    /** Null: not ours, for something else, or over. Made with an older key of the ring it counts too. */
    open(kind: string, occasion: Occasion, text: string): (Content & { id: string }) | null {
      const [, id = '', pressure, expires, mac = ''] = SEALED.exec(text) ?? [];
      const body = text.slice(0, -(mac.length + 1));
      const given = new TextEncoder().encode(mac);
      const isOurs = ring.all.some((key) =>
        equalBytes(
          given,
          new TextEncoder().encode(toBase64Url(key.mac('challenge', covered(kind, occasion, body)))),
        ),
      );
      const expiresAt = Number(expires);
      return isOurs && expiresAt > clock.now() ? { id, pressure: Number(pressure), expiresAt } : null;
    },
  };
}
export type Seals = ReturnType<typeof challengeSeals>;
