import type { Signing } from '#shared/contracts/http/webhook-endpoints.ts';
import type { EndpointCore } from './core.ts';
import { newKey, type SigningKey } from './signing.ts';

/** Keys that sign at once: one more is refused, because the first would end before its time. */
const KEYS_MAX = 5;
type NewKey = Awaited<ReturnType<typeof newKey>>;

/** The keys an endpoint signs with; their secrets are kept sealed. */
export class Keyring {
  readonly #core: EndpointCore;

  constructor(core: EndpointCore) {
    this.#core = core;
  }

  /** Keeps a new key. Call inside a transaction. */
  add(endpointId: string, key: NewKey, at: number): void {
    const { storage, ports } = this.#core;
    const id = storage.nextKeyId();
    storage.addKey({
      id,
      signing: key.signing,
      sealed: ports.cipher().seal(key.secret, placeOf(endpointId, id)),
      public_key: key.publicKey,
      created_at: at,
      expires_at: null,
    });
  }

  /** A key for `rotate`: of the present kind unless another is wanted. */
  next(signing: Signing | undefined): Promise<NewKey> {
    return newKey(signing ?? this.#core.storage.keys(this.#core.now())[0]?.signing ?? 'hmac');
  }

  /**
   * The key signs from now on, those before it until `overlapMs` from now. Call inside a transaction. Else when the first of
   * too many keys ends (epoch milliseconds), and nothing happens.
   */
  rotate(endpointId: string, key: NewKey, overlapMs: number): number | null {
    const { storage } = this.#core;
    const now = this.#core.now();
    const present = storage.keys(now);
    if (overlapMs > 0 && present.length >= KEYS_MAX) {
      return Math.min(...present.flatMap(({ expires_at: end }) => (end === null ? [] : [end])));
    }
    storage.retireKeys(now + overlapMs, now);
    this.add(endpointId, key, now);
    return null;
  }

  signing(endpointId: string): SigningKey[] {
    const cipher = this.#core.ports.cipher();
    return this.#core.storage.keys(this.#core.now()).map(({ id, signing, sealed }) => ({
      signing,
      secret: cipher.open(sealed, placeOf(endpointId, id)),
    }));
  }
}

const placeOf = (endpointId: string, keyId: number): string => `webhook-endpoint/${endpointId}/key-${keyId}`;
