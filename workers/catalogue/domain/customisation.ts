import { Validator } from '@cfworker/json-schema';
import { SCHEMA_LIMITS } from '../limits.ts';

/**
 * What is wrong with a customisation schema, or null. It must describe an object, be small, refer only to itself, and
 * hold patterns that compile: each order is validated against it.
 */
export function schemaFault(schema: Record<string, unknown>): string | null {
  if (schema['type'] !== 'object') return 'must be a JSON Schema with "type": "object"';
  if (JSON.stringify(schema).length > SCHEMA_LIMITS.characters)
    return `must be at most ${SCHEMA_LIMITS.characters} characters of JSON`;
  const inside = nodeFault(schema, 0);
  if (inside !== null) return inside;
  try {
    new Validator(schema, '2020-12', false).validate({});
    return null;
  } catch (error) {
    return `is not a usable JSON Schema: ${error instanceof Error ? error.message : 'unknown fault'}`;
  }
}

function nodeFault(node: unknown, depth: number): string | null {
  if (node === null || typeof node !== 'object') return null;
  if (depth > SCHEMA_LIMITS.depth) return `nests deeper than ${SCHEMA_LIMITS.depth} levels`;
  for (const [key, value] of Object.entries(node)) {
    const fault = keywordFault(key, value) ?? nodeFault(value, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

function keywordFault(key: string, value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if ((key === '$ref' || key === '$dynamicRef') && !value.startsWith('#'))
    return `refers to ${value.slice(0, 100)}; only references within the schema (#…) are followed`;
  if (key !== 'pattern') return null;
  if (value.length > SCHEMA_LIMITS.patternCharacters)
    return `has a pattern of more than ${SCHEMA_LIMITS.patternCharacters} characters`;
  try {
    RegExp(value, 'u');
    return null;
  } catch {
    return `has a pattern that does not compile: ${value.slice(0, 100)}`;
  }
}
