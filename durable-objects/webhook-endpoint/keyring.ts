import type { Signing } from '#shared/contracts/http/webhook-endpoints.ts';
import type { EndpointCore } from './core.ts';
import { newKey, type SigningKey } from './signing.ts';

/** Keys that sign at once, however often they are rotated. */
const KEYS_MAX = 3;
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

  /** The key signs from now on, those before it until `overlapMs` from now. Call inside a transaction. */
  rotate(endpointId: string, key: NewKey, overlapMs: number): void {
    const now = this.#core.now();
    this.#core.storage.retireKeys(now + overlapMs, now, KEYS_MAX - 1);
    this.add(endpointId, key, now);
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
