import { planFault } from '../connectors/broker/broker.ts';
import { operationOf, type OperationName } from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import type { TemplateFault } from '../templates/check-mapping.ts';
import type { Mapping } from '../templates/mapping.ts';
import type { StepTemplate, TemplateDocument } from '../templates/template.ts';

/** Steps that name, as it is, what is not there: a plan that no broker offers like that, a connection, a pool. */
export async function offerFaults(ports: Ports, { steps }: TemplateDocument): Promise<TemplateFault[]> {
  const faults = await Promise.all(steps.map((step, index) => stepFault(ports, step, index)));
  return faults.flatMap((fault) => (fault === null ? [] : [fault]));
}

async function stepFault(ports: Ports, step: StepTemplate, index: number): Promise<TemplateFault | null> {
  const operation = operationOf(step);
  if (operation === 'broker.provision' || operation === 'broker.bind')
    return planFaultOf(ports, step, index, operation);
  const named = operation === null ? undefined : NAMED[operation];
  if (named === undefined) return null;
  const { input, detail, isThere } = named;
  const handle = stated(step.inputs[input]);
  if (typeof handle !== 'string' || (await isThere(ports, handle))) return null;
  return { pointer: `/steps/${index}/inputs/${input}`, detail };
}

interface Named {
  input: string;
  detail: string;
  isThere: (ports: Ports, handle: string) => Promise<boolean>;
}
const CONNECTION: Named = {
  input: 'connection',
  detail: 'is no connection that can be called',
  async isThere({ registry }, handle) {
    const found = await registry.connections.get(handle);
    return found?.kind === 'http' && found.status !== 'archived';
  },
};
const POOL: Named = {
  input: 'pool',
  detail: 'is no pool of licence keys',
  isThere: async ({ registry }, handle) => (await registry.licencePools.get(handle)) !== null,
};
/** What operations are asked for by name. */
const NAMED: Partial<Record<OperationName, Named>> = {
  'http.call': CONNECTION,
  'fulfilment.ship': CONNECTION,
  'queue.publish': CONNECTION,
  'licence-pool.take': POOL,
};

async function planFaultOf(
  ports: Ports,
  step: StepTemplate,
  index: number,
  operation: 'broker.provision' | 'broker.bind',
): Promise<TemplateFault | null> {
  const [connection, serviceId, planId] = ['connection', 'serviceId', 'planId'].map((name) =>
    stated(step.inputs[name]),
  );
  if (typeof connection !== 'string' || typeof serviceId !== 'string' || typeof planId !== 'string')
    return null;
  const parameters = stated(step.inputs['parameters'] ?? { value: {} });
  const use = operation === 'broker.bind' ? 'bind' : 'provision';
  const isWhole = typeof parameters === 'object' && parameters !== null;
  const asked = {
    connection,
    serviceId,
    planId,
    parameters: isWhole ? (parameters as Record<string, unknown>) : {},
  };
  const fault = await planFault(ports, asked, use);
  if (fault === null || (fault.code === 'parameters_unfit' && !isWhole)) return null;
  const input = fault.code === 'parameters_unfit' ? 'parameters' : 'planId';
  return { pointer: `/steps/${index}/inputs/${input}`, detail: DETAILS[fault.code] ?? fault.text };
}

const DETAILS: Record<string, string> = {
  plan_unknown: 'is no plan of this service in the catalogue of the broker, as it was last read',
  plan_unbindable: 'is a plan for which the broker gives no credentials',
};

/** What stands in the template itself; undefined: it comes from the order. */
const stated = (mapping: Mapping | undefined): unknown =>
  mapping !== undefined && 'value' in mapping ? mapping.value : undefined;
