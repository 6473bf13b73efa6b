import type { ActivationRow, Look } from '#objects/instance-use/face.ts';
import { LICENCE_FILE_TYPE, type LicenceFileClaims } from '#shared/contracts/http/licence-files.ts';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { newIdBeside } from '#shared/ids/shard.ts';
import { DAY_MS, rfc3339, SECOND_MS } from '#shared/time/time.ts';
import type { Ports } from '../../ports.ts';
import type { LicenceRow } from '../../queries/entitlements.ts';
import { type LicenceName, type Refused, refused, termsOfLicence, usableLicence } from './licence.ts';

export interface FileWanted {
  fingerprint?: string | undefined;
  activationId?: string | undefined;
  days: number;
}

/**
 * A signed file that an application can verify without us until it expires, which it does no later than the licence. Where
 * there are seats it is for one device that has one: what is taken along cannot be counted afterwards.
 */
export async function makeLicenceFile(
  ports: Ports,
  name: LicenceName,
  wanted: FileWanted,
  requestId: string,
): Promise<Result<{ file: string; fileName: string; expiresAt: string }, Refused>> {
  const found = await usableLicence(ports, name);
  if (!found.ok) return found;
  const licence = found.value;
  const device = await deviceFor(ports, licence, wanted, requestId);
  if (!device.ok) return device;
  const now = ports.clock.now();
  const claims = claimsOf(licence, {
    now,
    device: device.value,
    days: wanted.days,
    issuer: ports.publicOrigin,
  });
  return ok({
    file: await ports.signer.signJson(claims, LICENCE_FILE_TYPE),
    fileName: `${licence.sku.replaceAll(/[^\w.-]+/g, '-')}.licence`,
    expiresAt: rfc3339(claims.exp * SECOND_MS),
  });
}

/** Pure but for its id. */
export function claimsOf(
  licence: LicenceRow,
  made: { now: number; device: string | null; days: number; issuer: string },
): LicenceFileClaims {
  const { now, device, days, issuer } = made;
  const end = Math.min(now + days * DAY_MS, licence.expiresAt ?? Infinity);
  const seconds = Math.floor(now / SECOND_MS);
  return {
    iss: issuer,
    sub: licence.instanceId,
    aud: licence.productId,
    jti: newIdBeside('licenceFile', licence.instanceId),
    iat: seconds,
    nbf: seconds,
    exp: Math.floor(end / SECOND_MS),
    sku: licence.sku,
    units: licence.units,
    entitlements: licence.document,
    licenceExpiresAt: licence.expiresAt === null ? null : rfc3339(licence.expiresAt),
    device,
  };
}

/** Null: any device. */
async function deviceFor(
  ports: Ports,
  licence: LicenceRow,
  { fingerprint, activationId }: FileWanted,
  requestId: string,
): Promise<Result<string | null, Refused>> {
  const device = fingerprint === undefined ? null : sha256Hex(fingerprint);
  if (licence.document.seats === null && activationId === undefined) return ok(device);
  const activation =
    activationId === undefined
      ? null
      : ((await all(ports, licence, requestId)).find(({ id }) => id === activationId) ?? null);
  const wanted = activation?.device ?? device;
  if (wanted === null) return refused('NOT_ACTIVATED');
  const { seat } = await look(ports, licence, wanted, requestId);
  if (seat?.standing === 'within') return ok(wanted);
  return refused(seat?.standing === 'room' ? 'NOT_ACTIVATED' : 'TOO_MANY_ACTIVATIONS');
}

const all = async (ports: Ports, { instanceId }: LicenceRow, requestId: string): Promise<ActivationRow[]> =>
  (await ports.uses.call(instanceId, (use) => use.all({ requestId }))).activations;

const look = (ports: Ports, licence: LicenceRow, device: string, requestId: string): Promise<Look> =>
  ports.uses.call(licence.instanceId, (use) =>
    use.look({ requestId }, { terms: termsOfLicence(licence), unit: licence.unit, device }),
  );
