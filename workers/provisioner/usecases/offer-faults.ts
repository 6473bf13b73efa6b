import { planFault } from '../connectors/broker/broker.ts';
import { operationOf } from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import type { TemplateFault } from '../templates/check-mapping.ts';
import type { Mapping } from '../templates/mapping.ts';
import type { StepTemplate, TemplateDocument } from '../templates/template.ts';

/** Steps whose plan a template states as it is, and that no broker offers like that. */
export async function offerFaults(ports: Ports, { steps }: TemplateDocument): Promise<TemplateFault[]> {
  const faults = await Promise.all(steps.map((step, index) => stepFault(ports, step, index)));
  return faults.flatMap((fault) => (fault === null ? [] : [fault]));
}

async function stepFault(ports: Ports, step: StepTemplate, index: number): Promise<TemplateFault | null> {
  const operation = operationOf(step);
  if (operation !== 'broker.provision' && operation !== 'broker.bind') return null;
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
