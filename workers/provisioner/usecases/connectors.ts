import type { GateLimits } from '#objects/partner-gate/machine.ts';
import { rfc3339 } from '#shared/time/time.ts';
import {
  contractOf,
  inputJsonSchema,
  type OperationName,
  OPERATIONS,
  outputJsonSchema,
} from '../connectors/operations.ts';
import { CONNECTORS } from '../connectors/connectors.ts';
import { ownDoor } from '../connectors/connector.ts';
import type { Ports } from '../ports.ts';

/** Every operation a template can name, with what it takes and leaves. */
export const listOperations = () =>
  (Object.keys(OPERATIONS) as OperationName[]).map((name) => {
    const [connector = '', operation = ''] = name.split('.');
    const { title, isEffectful, isUndoable, endsLater } = contractOf(name);
    return {
      connector,
      operation,
      title,
      isEffectful,
      isUndoable,
      endsLater,
      can: abilitiesOf(name),
      input: inputJsonSchema(name),
      output: outputJsonSchema(name),
    };
  });

/** What its connector can do beyond making and undoing. */
function abilitiesOf(name: OperationName) {
  const { check, update, rotate, suspend } = CONNECTORS[name];
  return {
    check: check !== undefined,
    suspend: suspend !== ownDoor.suspend,
    update: update !== undefined,
    rotate: rotate !== undefined,
  };
}

/** Partners by the names of their gates. */
async function partners(ports: Ports): Promise<string[]> {
  const connections = await ports.registry.connections.list(200);
  return ['partner', ...connections.map(({ kind, handle }) => `${kind}:${handle}`)];
}

const at = (epochMs: number | null): string | null => (epochMs === null ? null : rfc3339(epochMs));

async function gateView(ports: Ports, partner: string) {
  const { openSince, openUntil, ...view } = await ports.gates.view(partner);
  return { partner, ...view, openSince: at(openSince), openUntil: at(openUntil) };
}
export type GateOfPartner = Awaited<ReturnType<typeof gateView>>;

/** Whether calls to each partner go through, and how many run. */
export const listGates = async (ports: Ports): Promise<GateOfPartner[]> =>
  Promise.all((await partners(ports)).map((partner) => gateView(ports, partner)));

/** An operator shuts a gate, opens it again, or sets its limits. Null: there is no such partner. */
export async function setGate(
  ports: Ports,
  partner: string,
  change: { limits?: GateLimits | undefined; isHeld?: boolean | undefined; by: string },
): Promise<GateOfPartner | null> {
  if (!(await partners(ports)).includes(partner)) return null;
  const { limits, isHeld, by } = change;
  await ports.gates.configure(partner, {
    ...(limits === undefined ? {} : { limits }),
    ...(isHeld === undefined ? {} : { heldBy: isHeld ? by : null }),
  });
  return gateView(ports, partner);
}
