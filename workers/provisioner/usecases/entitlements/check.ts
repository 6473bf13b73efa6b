import type { Look } from '#objects/instance-use/face.ts';
import {
  ENTITLEMENT_CODES,
  type EntitlementCode,
  type EntitlementVerdict,
} from '#shared/contracts/http/entitlements.ts';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../../ports.ts';
import type { LicenceRow } from '../../queries/entitlements.ts';
import type { Read } from './kept.ts';
import { type LicenceName, licenceView, readLicence, rememberedLicence, termsOfLicence } from './licence.ts';
import { standingOf } from './standing.ts';
import { activationView, leaseView, meterView } from './views.ts';

export interface Question {
  productId?: string | undefined;
  features: readonly string[];
  fingerprint?: string | undefined;
  usage?: { meter: string; amount: number } | undefined;
}

/**
 * Whether a licence may be used as asked. `isStrong`: by the truth of this moment; else it may be as old as
 * `CHECK_KEPT_MS`, but for usage, which its owner is always asked about. Changes nothing.
 */
export async function checkEntitlement(
  ports: Ports,
  name: LicenceName,
  question: Question,
  { isStrong, requestId }: { isStrong: boolean; requestId: string },
): Promise<EntitlementVerdict> {
  const now = ports.clock.now();
  const licence = isStrong
    ? { value: await readLicence(ports, name), readAt: now }
    : await rememberedLicence(ports, name);
  const row = licence.value;
  const refusedBefore = row === null ? 'UNKNOWN' : whyNot(row, question, now);
  const asksOfUse = question.fingerprint !== undefined || question.usage !== undefined;
  const look =
    row === null || refusedBefore !== null || !asksOfUse
      ? null
      : await lookAt(ports, row, question, { isStrong, requestId });
  const code = refusedBefore ?? (look === null ? 'VALID' : codeOf(look.value, question));
  const readAt = Math.min(licence.readAt, look?.readAt ?? licence.readAt);
  return {
    code,
    valid: code === 'VALID',
    detail: `${ENTITLEMENT_CODES[code]}.`,
    licence: row === null ? null : licenceView(row),
    ...usersOf(look?.value ?? null, question),
    consistency: readAt < now ? 'cached' : 'strong',
    checkedAt: rfc3339(readAt),
  };
}

/** What does not depend on who uses it; null: nothing stands against it. */
function whyNot(
  row: LicenceRow,
  { productId, features, usage }: Question,
  now: number,
): EntitlementCode | null {
  if (productId !== undefined && row.productId !== productId) return 'PRODUCT_MISMATCH';
  const standing = standingOf(row, now);
  if (standing !== 'VALID') return standing;
  const owned = new Set(row.document.features);
  const hasMeter = usage === undefined || row.document.meters.some(({ name }) => name === usage.meter);
  return hasMeter && features.every((feature) => owned.has(feature)) ? null : 'FEATURE_MISSING';
}

/** What the object says that counts its use. That a device is within its seats is remembered; counts are not. */
async function lookAt(
  ports: Ports,
  row: LicenceRow,
  { fingerprint, usage }: Question,
  { isStrong, requestId }: { isStrong: boolean; requestId: string },
): Promise<Read<Look>> {
  const readAt = ports.clock.now();
  const device = fingerprint === undefined ? null : sha256Hex(fingerprint);
  const label = `${row.instanceId} ${row.unit} ${row.revision} ${device}`;
  const known = isStrong || usage !== undefined ? null : ports.remembered.devices.get(label, readAt);
  if (known !== null) return known;
  const value = await ports.uses.call(row.instanceId, (use) =>
    use.look({ requestId }, { terms: termsOfLicence(row), unit: row.unit, device }),
  );
  if (deviceCode(value) === 'VALID') ports.remembered.devices.put(label, { value, readAt });
  return { value, readAt };
}

function codeOf(look: Look, { usage }: Question): EntitlementCode {
  const code = deviceCode(look);
  if (code !== 'VALID' || usage === undefined) return code;
  const meter = look.meters.find(({ name }) => name === usage.meter);
  const isLeft = meter !== undefined && (meter.limit === null || meter.used + usage.amount <= meter.limit);
  return isLeft ? 'VALID' : 'USAGE_EXCEEDED';
}

/** Either a seat or a lease will do. Where devices are leased, that is what one without either lacks. */
function deviceCode({ seat, lease }: Look): EntitlementCode {
  if (seat === null || seat.standing === 'within' || lease?.standing === 'within') return 'VALID';
  if (seat.standing === 'beyond') return 'TOO_MANY_ACTIVATIONS';
  if (lease !== null) return lease.standing === 'room' ? 'NOT_LEASED' : 'TOO_MANY_LEASES';
  return seat.standing === 'room' ? 'NOT_ACTIVATED' : 'TOO_MANY_ACTIVATIONS';
}

function usersOf(look: Look | null, { usage }: Question) {
  const activation = look?.seat?.activation ?? null;
  const lease = look?.lease?.lease ?? null;
  const meter = look?.meters.find(({ name }) => name === usage?.meter) ?? null;
  return {
    activation: activation === null ? null : activationView(activation),
    lease: lease === null ? null : leaseView(lease),
    meter: meter === null ? null : meterView(meter),
  };
}
