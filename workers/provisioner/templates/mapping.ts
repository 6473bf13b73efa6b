import { z } from 'zod';

/**
 * The mapping language of templates: where a value comes from. JSON Pointers (RFC 6901) into what is known of a line,
 * with defaults; texts with pointers in them; two numbers multiplied; values written down. No code runs. Pure.
 */

/** What pointers begin with; see scope.ts for what lies below each. */
export const ROOTS = [
  'order',
  'line',
  'product',
  'fulfilment',
  'customisation',
  'results',
  'answers',
] as const;
const POINTER_LENGTH_MAX = 300;
export const pointerSchema = z
  .string()
  .max(POINTER_LENGTH_MAX)
  .regex(
    new RegExp(`^/(${ROOTS.join('|')})(/[^/]+)*$`),
    `must be a JSON Pointer that begins with one of /${ROOTS.join(', /')}`,
  );

const literalSchema = z.unknown();
const leafSchema = z.union([
  z.strictObject({ from: pointerSchema, default: literalSchema.optional() }),
  z.strictObject({ text: z.string().max(2_000), default: z.string().max(2_000).optional() }),
  z.strictObject({ multiply: z.tuple([pointerSchema, pointerSchema]) }),
  z.strictObject({ value: literalSchema }),
]);
type Leaf = z.infer<typeof leafSchema>;

export const mappingSchema = z
  .union([
    leafSchema,
    z.strictObject({ object: z.record(z.string().min(1).max(100), leafSchema) }),
    z.strictObject({ list: z.array(leafSchema).max(100) }),
  ])
  .meta({
    id: 'ProvisioningMapping',
    description:
      '`from`: a JSON Pointer into order, line, product, fulfilment, customisation, results/<step> or answers/<step>; `text`: a text in which `${pointer}` is filled in; `multiply`: two numbers; `value`: as written; `object`, `list`: of these',
  });
export type Mapping = z.infer<typeof mappingSchema>;

export type Scope = Readonly<Record<string, unknown>>;

const PLACEHOLDER = /\$\{([^}]*)\}/g;

/** The value a mapping gives. `undefined` when it leads nowhere and has no default: no input schema accepts that. */
export function resolveMapping(mapping: Mapping, scope: Scope): unknown {
  if ('object' in mapping) {
    const members = Object.entries(mapping.object).map(([name, leaf]) => [name, resolveLeaf(leaf, scope)]);
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }
  if ('list' in mapping) {
    return mapping.list.map((leaf) => resolveLeaf(leaf, scope)).filter((value) => value !== undefined);
  }
  return resolveLeaf(mapping, scope);
}

function resolveLeaf(leaf: Leaf, scope: Scope): unknown {
  if ('value' in leaf) return leaf.value;
  if ('from' in leaf) {
    const value = valueAt(scope, leaf.from);
    return value === undefined ? leaf.default : value;
  }
  if ('text' in leaf) return filledIn(leaf.text, scope) ?? leaf.default;
  const [left, right] = leaf.multiply.map((pointer) => valueAt(scope, pointer));
  return typeof left === 'number' && typeof right === 'number' ? left * right : undefined;
}

/** Undefined when a place in the text has no value that can be written. */
function filledIn(text: string, scope: Scope): string | undefined {
  let isWhole = true;
  const filled = text.replaceAll(PLACEHOLDER, (_, pointer: string) => {
    const value = valueAt(scope, pointer);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return String(value);
    isWhole = false;
    return '';
  });
  return isWhole ? filled : undefined;
}

/** All inputs of a step. Those that lead nowhere are left out, so that an optional one is simply absent. */
export const resolveMappings = (
  mappings: Readonly<Record<string, Mapping>>,
  scope: Scope,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(mappings)
      .map(([name, mapping]) => [name, resolveMapping(mapping, scope)] as const)
      .filter(([, value]) => value !== undefined),
  );

/** Own members only: a pointer can never reach what every object inherits. */
export function valueAt(scope: unknown, pointer: string): unknown {
  return segmentsOf(pointer).reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    return (value as Record<string, unknown>)[name];
  }, scope);
}

/** RFC 6901 §4. */
export const segmentsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A use of a pointer, and whether the mapping does without it. */
export interface Reference {
  pointer: string;
  isOptional: boolean;
}

export function referencesOf(mapping: Mapping): Reference[] {
  if ('object' in mapping) return Object.values(mapping.object).flatMap(referencesOf);
  if ('list' in mapping) return mapping.list.flatMap(referencesOf);
  if ('value' in mapping) return [];
  if ('from' in mapping) return [{ pointer: mapping.from, isOptional: mapping.default !== undefined }];
  if ('multiply' in mapping) return mapping.multiply.map((pointer) => ({ pointer, isOptional: false }));
  const isOptional = mapping.default !== undefined;
  return [...mapping.text.matchAll(PLACEHOLDER)].map(([, pointer = '']) => ({ pointer, isOptional }));
}

/** Name of the step whose result or answer a pointer needs; null: of none. */
export function stepOf(pointer: string): string | null {
  const [root, step] = segmentsOf(pointer);
  return root === 'results' || root === 'answers' ? (step ?? '') : null;
}
