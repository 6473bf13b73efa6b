import { sha256Hex } from '#shared/crypto/bytes.ts';
import { type Terms, termsOf } from '#shared/domain/entitlements.ts';
import type { EntitlementCode, EntitlementVerdict } from '#shared/contracts/http/entitlements.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { canonicalLicenceKey, shardLabelOfKey } from '../../connectors/licence-keys.ts';
import type { Ports } from '../../ports.ts';
import type { LicenceRow } from '../../queries/entitlements.ts';
import type { Read } from './kept.ts';
import { standingOf } from './standing.ts';

/** Which licence is asked about: by its key anybody may, by its instance its owner and whoever may ask about all. */
export type LicenceName =
  | { by: 'key'; fingerprint: string; near: string | null }
  | { by: 'instance'; id: string; customerId: string; isAnybodys: boolean };

/** A refusal in the words of the field. */
export interface Refused {
  code: 'entitlement_refused';
  why: Exclude<EntitlementCode, 'VALID'>;
}
export const refused = (why: Refused['why']) => fail({ code: 'entitlement_refused', why } as const);

export function keyName(typed: string): LicenceName {
  const key = canonicalLicenceKey(typed);
  return { by: 'key', fingerprint: sha256Hex(key), near: shardLabelOfKey(key) };
}

/** As it is now, from the Product Store. */
export async function readLicence(ports: Ports, name: LicenceName): Promise<LicenceRow | null> {
  if (name.by === 'key') {
    return ports.stores.ofLicence(name).entitlements.ofKey(name.fingerprint);
  }
  const store = name.isAnybodys ? ports.stores.ofInstance(name.id) : ports.stores.ofCustomer(name.customerId);
  const found = await store.entitlements.ofInstance(name.id);
  return found === null || (!name.isAnybodys && found.customerId !== name.customerId) ? null : found;
}

/** The same, as it was at most `CHECK_KEPT_MS` ago. What is unknown is not remembered: it may be made any moment. */
export async function rememberedLicence(ports: Ports, name: LicenceName): Promise<Read<LicenceRow | null>> {
  const at = ports.clock.now();
  const label = name.by === 'key' ? `key ${name.fingerprint}` : `${name.customerId} ${name.id}`;
  const known = ports.remembered.licences.get(label, at);
  if (known !== null) return known;
  const read = { value: await readLicence(ports, name), readAt: at };
  if (read.value !== null) ports.remembered.licences.put(label, { value: read.value, readAt: at });
  return read;
}

/**
 * A licence that may be used now, by the truth; what is changed by its use goes by this alone. That it is used is written
 * down first: a backup asks the objects of no others.
 */
export async function usableLicence(ports: Ports, name: LicenceName): Promise<Result<LicenceRow, Refused>> {
  const licence = await readLicence(ports, name);
  if (licence === null) return refused('UNKNOWN');
  const now = ports.clock.now();
  const standing = standingOf(licence, now);
  if (standing !== 'VALID') return refused(standing);
  const { instanceId, usedAt } = licence;
  if (usedAt === null) await ports.stores.ofInstance(instanceId).entitlements.markUsed(instanceId, now);
  return ok(licence);
}

export const termsOfLicence = ({ document, units, revision }: LicenceRow): Terms =>
  termsOf(document, { units, revision });

export const licenceView = (row: LicenceRow): NonNullable<EntitlementVerdict['licence']> => ({
  instanceId: row.instanceId,
  productId: row.productId,
  variantId: row.variantId,
  sku: row.sku,
  title: row.title,
  units: row.units,
  entitlements: row.document,
  startsAt: row.startsAt === null ? null : rfc3339(row.startsAt),
  expiresAt: row.expiresAt === null ? null : rfc3339(row.expiresAt),
});
