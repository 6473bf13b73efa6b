import { Validator } from '@cfworker/json-schema';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { operationOf, outputJsonSchema } from '../connectors/operations.ts';
import type { Condition } from './condition.ts';
import { before } from './graph.ts';
import { type Mapping, pointerSchema, referencesOf, segmentsOf, stepOf } from './mapping.ts';
import { KNOWN_TYPES } from './scope.ts';
import type { StepTemplate, TemplateDocument } from './template.ts';

/** `pointer` is RFC 6901 within the document. */
export interface TemplateFault {
  pointer: string;
  detail: string;
}
export interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: unknown;
  /** What `$ref` names, in the schema it stands in. */
  $defs?: Record<string, unknown>;
}

/** In words what is wrong with where a value comes from. */
export function mappingFaults(
  document: TemplateDocument,
  step: Pick<StepTemplate, 'name' | 'when'> | null,
  mapping: Mapping,
  isNeeded: boolean,
): string[] {
  return referencesOf(mapping).flatMap(({ pointer, isOptional }) => {
    const fault = pointerFault(document, step, pointer);
    if (fault !== null) return [fault];
    const source = document.steps.find(({ name }) => name === stepOf(pointer));
    const mayBeLeftOut = source !== undefined && source.when !== null && !isSame(source.when, step?.when);
    return mayBeLeftOut && isNeeded && !isOptional
      ? [`needs a default: the step ${source.name} may be left out`]
      : [];
  });
}

const isSame = (one: Condition, other: Condition | null | undefined): boolean =>
  other !== undefined && other !== null && canonicalJson(one) === canonicalJson(other);

/** Null: what it leads to is known when the step begins; `step` null: when all steps have ended. */
export function pointerFault(
  document: TemplateDocument,
  step: Pick<StepTemplate, 'name'> | null,
  pointer: string,
): string | null {
  if (!pointerSchema.safeParse(pointer).success) return `${pointer} is no pointer to what is known of a line`;
  const [root = '', first, ...rest] = segmentsOf(pointer);
  if (root === 'results' || root === 'answers') {
    const isBefore =
      step === null
        ? document.steps.some(({ name }) => name === first)
        : before(document.steps, step.name).has(first ?? '') || (root === 'answers' && first === step.name);
    if (!isBefore) return `${pointer}: the step has not ended by then; name it in \`after\``;
    if (root === 'answers') return null;
    return resultFault(document, pointer);
  }
  if (['order', 'line', 'product'].includes(root)) {
    const isKnown =
      first === undefined ||
      Object.hasOwn(KNOWN_TYPES, `/${root}/${first}`) ||
      pointer.startsWith('/line/shippingAddress/');
    return isKnown ? null : `${pointer} is not known of a line`;
  }
  if (root === 'fulfilment' && first === 'parameters' && rest[0] !== undefined) {
    const schema = (document.parameters ?? { additionalProperties: false }) as JsonSchema;
    const isKnown = Object.hasOwn(schema.properties ?? {}, rest[0]) || schema.additionalProperties !== false;
    return isKnown ? null : `${pointer} is no parameter of this template`;
  }
  return null;
}

/** The step that makes the result leaves no such member. */
function resultFault(document: TemplateDocument, pointer: string): string | null {
  const [, step, member] = segmentsOf(pointer);
  const source = document.steps.find(({ name }) => name === step);
  const operation = source === undefined ? null : operationOf(source);
  if (operation === null || member === undefined) return null;
  const { properties = {}, additionalProperties } = outputJsonSchema(operation) as JsonSchema;
  const isKnown = Object.hasOwn(properties, member) || additionalProperties !== false;
  return isKnown ? null : `${pointer}: ${operation} leaves no ${member}`;
}

/** Whether a value of this origin can be what the operation wants, as far as that is known now. */
export function fitFaults(document: TemplateDocument, mapping: Mapping, wanted: JsonSchema): string[] {
  if ('value' in mapping) {
    const { valid, errors } = new Validator(wanted as object, '2020-12', false).validate(mapping.value);
    return valid ? [] : [`does not fit: ${errors.at(-1)?.error ?? 'wrong value'}`];
  }
  const given = typesOf(document, mapping);
  const types = wanted.type === undefined ? null : [wanted.type].flat();
  if (given === null || types === null) return [];
  const fits = given.some((type) => types.includes(type) || (type === 'integer' && types.includes('number')));
  return fits ? [] : [`is ${given.join(' or ')}, and must be ${types.join(' or ')}`];
}

/** JSON types a mapping can give; null: not known before there is a line. */
function typesOf(document: TemplateDocument, mapping: Mapping): string[] | null {
  if ('text' in mapping) return ['string'];
  if ('object' in mapping) return ['object'];
  if ('list' in mapping) return ['array'];
  if (!('from' in mapping)) return null;
  const known = KNOWN_TYPES[mapping.from];
  if (known !== undefined) return [known];
  const [root, step = '', member = '', ...deeper] = segmentsOf(mapping.from);
  const source = document.steps.find(({ name }) => name === step);
  const operation = root !== 'results' || source === undefined ? null : operationOf(source);
  if (operation === null || deeper.length > 0) return null;
  const type = (outputJsonSchema(operation) as JsonSchema).properties?.[member]?.type;
  return type === undefined ? null : [type].flat();
}
