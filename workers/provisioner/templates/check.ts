import { Validator } from '@cfworker/json-schema';
import { contractOf, inputJsonSchema, operationOf, type OperationName } from '../connectors/operations.ts';
import { deliveryFaults } from './check-delivery.ts';
import {
  fitFaults,
  type JsonSchema,
  mappingFaults,
  pointerFault,
  type TemplateFault,
} from './check-mapping.ts';
import { type Condition, pointersOf } from './condition.ts';
import { inOrder } from './graph.ts';
import type { StepTemplate, TemplateDocument } from './template.ts';

/**
 * What is wrong with a template beyond its form: names, circles, connectors that are not there, references that lead
 * nowhere or to what may not have run, inputs that do not fit, effects without an undo. Empty: it can be used. Pure.
 */
export function templateFaults(document: TemplateDocument): TemplateFault[] {
  const shape = [...parameterFaults(document), ...graphFaults(document.steps)];
  if (shape.length > 0) return shape;
  return [
    ...document.steps.flatMap((step, index) =>
      stepFaults(document, step).map(({ pointer, detail }) => ({
        pointer: `/steps/${index}${pointer}`,
        detail,
      })),
    ),
    ...deliveryFaults(document),
  ];
}

function parameterFaults({ parameters }: TemplateDocument): TemplateFault[] {
  if (parameters === null) return [];
  const pointer = '/parameters';
  if (parameters['type'] !== 'object') return [{ pointer, detail: 'must be a JSON Schema of type object' }];
  if (/"\$(ref|dynamicRef)":"[^#]/.test(JSON.stringify(parameters)))
    return [{ pointer, detail: 'must not refer to another document' }];
  try {
    new Validator(parameters, '2020-12', false).validate({});
    return [];
  } catch {
    return [{ pointer, detail: 'must be a JSON Schema (2020-12)' }];
  }
}

function graphFaults(steps: readonly StepTemplate[]): TemplateFault[] {
  const names = steps.map(({ name }) => name);
  const faults = steps.flatMap(({ name, after }, index) => [
    ...(names.indexOf(name) === index
      ? []
      : [{ pointer: `/steps/${index}/name`, detail: 'is the name of another step' }]),
    ...after.flatMap((earlier, at) =>
      names.includes(earlier)
        ? []
        : [{ pointer: `/steps/${index}/after/${at}`, detail: 'names no step of this template' }],
    ),
  ]);
  if (faults.length > 0) return faults;
  return inOrder(steps) === null ? [{ pointer: '/steps', detail: 'must not wait for one another' }] : [];
}

function stepFaults(document: TemplateDocument, step: StepTemplate): TemplateFault[] {
  const operation = operationOf(step);
  if (operation === null)
    return [{ pointer: '/operation', detail: `${step.connector}.${step.operation} does not exist` }];
  return [
    ...policyFaults(step, operation),
    ...inputFaults(document, step, operation),
    ...conditionFaults(document, step, step.when),
  ];
}

function policyFaults({ undo, settle }: StepTemplate, operation: OperationName): TemplateFault[] {
  const { isEffectful, isUndoable, endsLater } = contractOf(operation);
  const faults: TemplateFault[] = [];
  if ('retry' in undo && !isUndoable)
    faults.push({
      pointer: '/undo',
      detail: isEffectful ? 'cannot be undone: say why it need not be, as `none`' : 'must be `none`',
    });
  if (endsLater && settle === null)
    faults.push({ pointer: '/settle', detail: 'is required: the operation may end later' });
  return faults;
}

function inputFaults(
  document: TemplateDocument,
  step: StepTemplate,
  operation: OperationName,
): TemplateFault[] {
  const schema = inputJsonSchema(operation) as JsonSchema;
  const known = schema.properties ?? {};
  const missing = (schema.required ?? [])
    .filter((name) => !Object.hasOwn(step.inputs, name))
    .map((name) => ({ pointer: `/inputs/${name}`, detail: 'is required by the operation' }));
  const wrong = Object.entries(step.inputs).flatMap(([name, mapping]) => {
    const pointer = `/inputs/${name}`;
    const wanted = known[name];
    if (wanted === undefined && schema.additionalProperties === false)
      return [{ pointer, detail: 'is no input of the operation' }];
    const isNeeded = schema.required?.includes(name) === true;
    return [
      ...mappingFaults(document, step, mapping, isNeeded),
      ...(wanted === undefined ? [] : fitFaults(document, mapping, { ...wanted, $defs: schema.$defs ?? {} })),
    ].map((detail) => ({ pointer, detail }));
  });
  return [...missing, ...wrong];
}

function conditionFaults(
  document: TemplateDocument,
  step: StepTemplate,
  condition: Condition | null,
): TemplateFault[] {
  return (condition === null ? [] : pointersOf(condition)).flatMap((pointer) => {
    const detail = pointerFault(document, step, pointer);
    return detail === null ? [] : [{ pointer: '/when', detail }];
  });
}
