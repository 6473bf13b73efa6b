import type { ActivationRow, LeaseRow, MeterState } from '#objects/instance-use/face.ts';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../../ports.ts';
import {
  type LicenceName,
  type Refused,
  readLicence,
  refused,
  termsOfLicence,
  usableLicence,
} from './licence.ts';

export interface Device {
  fingerprint: string;
  name: string;
}

/** Gives a device a seat, or finds the one it has. Of many at once no more get one than there are. */
export async function activateDevice(
  ports: Ports,
  name: LicenceName,
  device: Device,
  requestId: string,
): Promise<Result<{ activation: ActivationRow; isNew: boolean }, Refused>> {
  const licence = await usableLicence(ports, name);
  if (!licence.ok) return licence;
  const { instanceId, unit } = licence.value;
  const given = { terms: termsOfLicence(licence.value), unit, ...deviceGiven(device) };
  const taken = await ports.uses.call(instanceId, (use) => use.activate({ requestId }, given));
  return taken.ok ? taken : refused('TOO_MANY_ACTIVATIONS');
}

/** Frees the seat of a device, also of a licence that may not be used any more. False: it had none. */
export const deactivateDevice = (ports: Ports, name: LicenceName, fingerprint: string, requestId: string) =>
  giveUp(ports, name, { fingerprint, requestId, what: 'deactivate' });

/** Leases, or renews the lease the device has. */
export async function leaseToDevice(
  ports: Ports,
  name: LicenceName,
  device: Device,
  requestId: string,
): Promise<Result<{ lease: LeaseRow; isNew: boolean }, Refused>> {
  const licence = await usableLicence(ports, name);
  if (!licence.ok) return licence;
  const { instanceId, unit } = licence.value;
  const given = { terms: termsOfLicence(licence.value), unit, ...deviceGiven(device) };
  const taken = await ports.uses.call(instanceId, (use) => use.lease({ requestId }, given));
  if (taken.ok) return taken;
  return refused(taken.error === 'full' ? 'TOO_MANY_LEASES' : 'LEASES_MISSING');
}

/** Renews a lease that has not expired. */
export async function renewLease(
  ports: Ports,
  name: LicenceName,
  leaseId: string,
  requestId: string,
): Promise<Result<LeaseRow, Refused>> {
  const licence = await usableLicence(ports, name);
  if (!licence.ok) return licence;
  const { instanceId, unit } = licence.value;
  const given = { terms: termsOfLicence(licence.value), unit, id: leaseId };
  const renewed = await ports.uses.call(instanceId, (use) => use.beat({ requestId }, given));
  if (renewed.ok) return renewed;
  return refused(WHY_NOT_RENEWED[renewed.error]);
}

const WHY_NOT_RENEWED = {
  expired: 'LEASE_EXPIRED',
  full: 'TOO_MANY_LEASES',
  nothing_leased: 'LEASES_MISSING',
} as const;

export const releaseLease = (ports: Ports, name: LicenceName, fingerprint: string, requestId: string) =>
  giveUp(ports, name, { fingerprint, requestId, what: 'release' });

/** Counts use: all of it or nothing, once for each key. */
export async function countUsage(
  ports: Ports,
  name: LicenceName,
  counted: { meter: string; amount: number; key: string },
  requestId: string,
): Promise<Result<{ meter: MeterState; isReplay: boolean }, Refused | 'key_reused'>> {
  const licence = await usableLicence(ports, name);
  if (!licence.ok) return licence;
  const given = { terms: termsOfLicence(licence.value), ...counted };
  const done = await ports.uses.call(licence.value.instanceId, (use) => use.count({ requestId }, given));
  if (done.ok) return done;
  if (done.error === 'key_reused') return { ok: false, error: 'key_reused' };
  return refused(done.error === 'over_limit' ? 'USAGE_EXCEEDED' : 'FEATURE_MISSING');
}

async function giveUp(
  ports: Ports,
  name: LicenceName,
  {
    fingerprint,
    requestId,
    what,
  }: { fingerprint: string; requestId: string; what: 'deactivate' | 'release' },
): Promise<Result<boolean, Refused>> {
  const licence = await readLicence(ports, name);
  if (licence === null) return refused('UNKNOWN');
  const given = { device: sha256Hex(fingerprint), unit: licence.unit };
  return ok(await ports.uses.call(licence.instanceId, (use) => use[what]({ requestId }, given)));
}

const deviceGiven = ({ fingerprint, name }: Device) => ({ device: sha256Hex(fingerprint), name });
