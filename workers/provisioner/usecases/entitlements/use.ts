import type { InstanceUseView } from '#shared/contracts/http/entitlements.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../../ports.ts';
import type { LicenceRow } from '../../queries/entitlements.ts';
import type { Reader } from '../instances.ts';
import { readLicence, termsOfLicence } from './licence.ts';
import { activationView, leaseView, meterView } from './views.ts';

/** Which devices use an instance, and how much of its meters. */
export async function readUse(
  ports: Ports,
  reader: Reader,
  id: string,
  requestId: string,
): Promise<Result<InstanceUseView, 'unknown_instance'>> {
  const licence = await licenceOf(ports, reader, id);
  if (licence === null) return fail('unknown_instance');
  const terms = termsOfLicence(licence);
  const [{ activations, leases }, { meters }] = await ports.uses.call(id, (use) =>
    Promise.all([use.all({ requestId }), use.look({ requestId }, { terms, unit: null, device: null })]),
  );
  return ok({
    activations: activations.map(activationView),
    leases: leases.map(leaseView),
    meters: meters.map(meterView),
  });
}

/** Frees a seat. One that is not there counts as freed. */
export async function endActivation(
  ports: Ports,
  reader: Reader,
  { id, activationId }: { id: string; activationId: string },
  requestId: string,
): Promise<Result<null, 'unknown_instance'>> {
  const licence = await licenceOf(ports, reader, id);
  if (licence === null) return fail('unknown_instance');
  await ports.uses.call(id, (use) => use.deactivate({ requestId }, { id: activationId }));
  return ok(null);
}

const licenceOf = (ports: Ports, { customerId, readsAll }: Reader, id: string): Promise<LicenceRow | null> =>
  readLicence(ports, { by: 'instance', id, customerId, isAnybodys: readsAll });
