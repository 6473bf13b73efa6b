import { entitlementVerdictSchema, type EntitlementVerdict } from '#shared/contracts/http/entitlements.ts';
import { type Delivery, instanceSchema } from '#shared/contracts/http/instances.ts';
import type { StatedEntitlements } from '#shared/domain/entitlements.ts';
import { organisationIn } from '#shared/domain/customer.ts';
import { newId } from '#shared/ids/ids.ts';
import { actingFor, self, signedIn } from '#shared/testing/runtime.ts';
import { activation, deliver, FULFILMENTS, newLine, type ProvisionMessage, reaches } from './harness.ts';

export interface BoughtLicence {
  line: ProvisionMessage;
  keys: string[];
}

/** A licence that its customer has. */
export async function boughtLicence(
  entitlements: StatedEntitlements = {},
  overrides: Partial<ProvisionMessage> = {},
): Promise<BoughtLicence> {
  const line = newLine({ ...FULFILMENTS.licence, entitlements }, overrides);
  await deliver(line);
  await reaches(line, 'ready', 'line.provisioned');
  await deliver(activation(line));
  const response = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, {
    headers: await ownerOf(line),
  });
  const { delivery } = instanceSchema.parse(await response.json());
  if (delivery?.type !== 'licence-key') throw new Error('no keys were delivered');
  return { line, keys: delivery.keys };
}

/** Signed in as its customer, or for the organisation that is. */
export const ownerOf = ({ customerId }: ProvisionMessage) =>
  organisationIn(customerId) === null
    ? signedIn(customerId, 'customer')
    : actingFor(newId('user'), { id: customerId, role: 'owner' });

/** Asks as an application does: with what it holds, and no account. */
export const post = async (path: string, body: object, headers: Record<string, string> = {}) =>
  self.fetch(`https://shop.test/v1/entitlements/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

export async function verdict(
  body: object,
  { headers = {}, isStrong = true }: { headers?: Record<string, string>; isStrong?: boolean } = {},
): Promise<EntitlementVerdict> {
  const response = await post(`check?consistency=${isStrong ? 'strong' : 'cached'}`, body, headers);
  return entitlementVerdictSchema.parse(await response.json());
}

/** The code of a refusal, or the status of an answer. */
export async function outcome(response: Response): Promise<string> {
  const body = await response.json<{ code?: string }>();
  return response.ok ? String(response.status) : `${response.status} ${body.code ?? ''}`;
}

/** What was delivered, with nothing hidden. */
export async function revealedTo(line: ProvisionMessage, customerId = line.customerId): Promise<Delivery> {
  const response = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}/credentials/reveal`, {
    method: 'POST',
    headers: await signedIn(customerId, 'customer'),
  });
  return (await response.json<{ delivery: Delivery }>()).delivery;
}
