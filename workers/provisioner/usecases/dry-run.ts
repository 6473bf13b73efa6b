import { customisationErrors } from '#objects/lib/customisation.ts';
import { type DeliverableVariant, isDeliverable } from '#shared/contracts/catalogue.ts';
import type { DryRun, DryRunRequest, DryRunStep } from '#shared/contracts/http/provisioning-dry-runs.ts';
import { quantityFault } from '#shared/domain/purchase-limits.ts';
import { ID_PREFIXES, type IdKind } from '#shared/ids/ids.ts';
import { CONNECTORS } from '../connectors/connectors.ts';
import type { Connector } from '../connectors/connector.ts';
import {
  contractOf,
  operationOf,
  type OperationInput,
  type OperationName,
} from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import { templateOf } from '../queries/templates.ts';
import { WHOLE } from '../queries/step-times.ts';
import { holds, pointersOf } from '../templates/condition.ts';
import { type Mapping, referencesOf, resolveMappings, type Scope, stepOf } from '../templates/mapping.ts';
import { buildPlan, type PlanStep } from '../templates/plan.ts';
import { type LineFacts, scopeOf } from '../templates/scope.ts';
import type { Template } from '../templates/template.ts';
import { expectedOf, type Buckets } from './percentiles.ts';
import { redacted } from './redacted.ts';
import { templateFor } from './templates.ts';

type DryFinding = DryRun['findings'][number];

/**
 * What an order of this would do, step by step, without doing any of it: reads of the catalogue, of our own data and of what
 * connectors look at (`check`). Nothing is written, sent or asked of a partner.
 */
export async function dryRun(ports: Ports, request: DryRunRequest, requestId: string): Promise<DryRun> {
  const found = await lookUp(ports, request, requestId);
  if ('text' in found) return { ...NOTHING, findings: [{ step: null, isObstacle: true, text: found.text }] };
  const findings = productFindings(found, request);
  const product = productView(found);
  const template = await wantedTemplate(ports, found, request.templateId);
  if (template === null)
    return { ...NOTHING, product, findings: [...findings, obstacle('Its template does not exist.')] };
  const line = lineFacts(found, request);
  const plan = buildPlan(template, line);
  const times = await ports.registry.stepTimes.of(template.id);
  const seen = plan.ok
    ? await Promise.all(plan.value.steps.map((step) => lookAt(ports, step, scopeOf(line, {}), times)))
    : [];
  const all = [
    ...findings,
    ...(plan.ok ? [] : [obstacle(plan.error.text)]),
    ...seen.flatMap((each) => each.findings),
  ];
  return {
    wouldBegin: all.every(({ isObstacle }) => !isObstacle),
    findings: all,
    product,
    template: {
      id: template.id,
      handle: template.handle,
      version: template.version,
      title: template.document.title,
    },
    steps: seen.map(({ step }) => step),
    expected: expectedOf(times.get(WHOLE)),
  };
}

const NOTHING: DryRun = {
  wouldBegin: false,
  findings: [],
  product: null,
  template: null,
  steps: [],
  expected: null,
};
const obstacle = (text: string, step: string | null = null): DryFinding => ({ step, isObstacle: true, text });

async function lookUp(
  ports: Ports,
  { variantId, quantity, currency }: DryRunRequest,
  requestId: string,
): Promise<DeliverableVariant | { text: string }> {
  const resolved = await ports.catalogue.resolveVariants(
    { requestId },
    { items: [{ variantId, quantity }], currency: currency ?? 'EUR' },
  );
  const [variant] = resolved.ok ? resolved.value.variants : [];
  if (variant !== undefined)
    return isDeliverable(variant)
      ? variant
      : { text: 'A bundle is delivered by its components: try each of them.' };
  const [refused] = resolved.ok ? resolved.value.refused : [];
  return { text: `It cannot be ordered: ${(refused?.reason ?? 'unknown').replaceAll('_', ' ')}.` };
}

function productFindings(variant: DeliverableVariant, request: DryRunRequest): DryFinding[] {
  const fault = quantityFault(request.quantity, variant);
  return [
    ...customisationErrors(variant.customisationSchema, request.customisation).map(({ pointer, detail }) =>
      obstacle(`customisation${pointer} ${detail}`),
    ),
    ...(fault === null ? [] : [obstacle(`quantity ${fault.detail}`)]),
    ...(variant.stockTracked && variant.availability === 'out_of_stock'
      ? [obstacle('It is out of stock.')]
      : []),
    ...(variant.availability === 'backorder'
      ? [{ step: null, isObstacle: false, text: 'It waits until units have arrived.' }]
      : []),
  ];
}

const productView = (variant: DeliverableVariant): DryRun['product'] => ({
  productId: variant.productId,
  version: variant.productVersion,
  sku: variant.sku,
  title: variant.title,
  availability: variant.availability ?? null,
});

async function wantedTemplate(
  ports: Ports,
  { fulfilment }: DeliverableVariant,
  templateId: string | undefined,
): Promise<Template | null> {
  if (templateId === undefined) return templateFor(ports, fulfilment);
  const found = await ports.registry.templates.get({ id: templateId });
  return found === null ? null : templateOf(found);
}

/** Stands for what an order would mint. */
const unminted = (kind: IdKind): string => `${ID_PREFIXES[kind]}_${'0'.repeat(32)}`;

const lineFacts = (variant: DeliverableVariant, request: DryRunRequest): LineFacts => ({
  orderId: unminted('order'),
  orderNumber: 'TP-00000000',
  customerId: unminted('user'),
  lineId: unminted('line'),
  instanceId: unminted('instance'),
  productId: variant.productId,
  productVersion: variant.productVersion,
  variantId: variant.variantId,
  sku: variant.sku,
  title: variant.title,
  variantTitle: variant.variantTitle,
  quantity: request.quantity,
  customisation: request.customisation,
  fulfilment: variant.fulfilment,
  shippingAddress: request.shippingAddress ?? null,
});

async function lookAt(
  ports: Ports,
  step: PlanStep,
  scope: Scope,
  times: ReadonlyMap<string, Buckets>,
): Promise<{ step: DryRunStep; findings: DryFinding[] }> {
  const branch = branchOf(step, scope);
  const looked = branch === 'left_out' ? UNSEEN : await lookAtOperation(ports, step, scope);
  return {
    step: {
      name: step.name,
      title: step.title,
      connector: step.connector,
      operation: step.operation,
      after: step.after,
      branch,
      approval: step.approval?.text ?? null,
      inputs: inputsShown(step.inputs, scope),
      explanation: looked.explanation,
      undo: 'none' in step.undo ? 'none' : 'undone',
      expected: expectedOf(times.get(step.name)),
    },
    findings: looked.findings,
  };
}

function branchOf({ when }: PlanStep, scope: Scope): DryRunStep['branch'] {
  if (when === null) return 'taken';
  if (pointersOf(when).some((pointer) => stepOf(pointer) !== null)) return 'depends';
  return holds(when, scope) ? 'taken' : 'left_out';
}

interface Looked {
  explanation: string | null;
  findings: DryFinding[];
}
const UNSEEN: Looked = { explanation: null, findings: [] };

async function lookAtOperation(ports: Ports, step: PlanStep, scope: Scope): Promise<Looked> {
  const operation = operationOf(step);
  if (operation === null || needsResults(Object.values(step.inputs))) return UNSEEN;
  const input = contractOf(operation).input.safeParse(resolveMappings(step.inputs, scope));
  if (!input.success) return { explanation: null, findings: [obstacle('Its inputs do not fit.', step.name)] };
  return looksOf(ports, operation, input.data as OperationInput<OperationName>, step.name);
}

async function looksOf<Name extends OperationName>(
  ports: Ports,
  operation: Name,
  input: OperationInput<Name>,
  step: string,
): Promise<Looked> {
  const connector = CONNECTORS[operation] as Connector<Name>;
  const found = (await connector.check?.(ports, input)) ?? [];
  return {
    explanation: connector.explain(input),
    findings: found.map(({ isObstacle, text }) => ({ step, isObstacle, text })),
  };
}

const needsResults = (mappings: readonly Mapping[]): boolean =>
  mappings.flatMap(referencesOf).some(({ pointer }) => stepOf(pointer) !== null);

/** What an earlier step leaves is not known: its pointers stand in its place. */
const inputsShown = (inputs: Readonly<Record<string, Mapping>>, scope: Scope): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, mapping]) => [
      name,
      needsResults([mapping])
        ? { from: referencesOf(mapping).map(({ pointer }) => pointer) }
        : redacted(resolveMappings({ value: mapping }, scope)['value'] ?? null, name),
    ]),
  );
