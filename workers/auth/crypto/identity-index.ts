import { toBase64Url } from '#shared/crypto/bytes.ts';
import type { KeyRing } from '#shared/crypto/key-ring.ts';

/** Who somebody is at a provider. */
export interface ExternalIdentity {
  issuer: string;
  subject: string;
}

/** Identities are looked up by a keyed hash: a subject may be an address. Compared character by character. */
export interface IdentityIndex {
  current(identity: ExternalIdentity): string;
  /** Under every key of the ring, the current one first. */
  all(identity: ExternalIdentity): string[];
}

/** As it is sealed and hashed. */
export const identityText = ({ issuer, subject }: ExternalIdentity): string =>
  JSON.stringify([issuer, subject]);

export function identityIndex(ring: KeyRing): IdentityIndex {
  const all = (identity: ExternalIdentity): string[] =>
    ring.all.map((key) => toBase64Url(key.mac(PURPOSE, identityText(identity))));
  return { all, current: (identity) => all(identity)[0] ?? '' };
}

const PURPOSE = 'identity index';

/** The index of an identity as it was sealed. */
export const indexOfText = (ring: KeyRing, text: string): string =>
  toBase64Url(ring.current.mac(PURPOSE, text));
