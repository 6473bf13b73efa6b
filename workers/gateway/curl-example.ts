import type { Operation, SchemaObject } from './api-document.ts';
import { exampleOf } from './schema-example.ts';

/** A curl command that makes one call of the API: path and required parameters, token where needed, body. Pure. */
export function curlExample(
  named: { path: string; method: string; operation: Operation },
  origin: string,
  schemas: Record<string, SchemaObject>,
): string {
  const { operation, method } = named;
  const parameters = (operation.parameters ?? []).filter(({ required }) => required === true);
  const value = (schema: SchemaObject | undefined) =>
    String(exampleOf(schema ?? { type: 'string' }, schemas));
  const required = (where: string) => parameters.filter((parameter) => parameter.in === where);
  const path = required('path').reduce(
    (text, parameter) => text.replace(`{${parameter.name}}`, value(parameter.schema)),
    named.path,
  );
  const query = required('query').map(({ name, schema }) => `${name}=${encodeURIComponent(value(schema))}`);
  const url = `${origin}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  const lines = [method === 'GET' ? `curl '${url}'` : `curl -X ${method} '${url}'`];
  if ((operation.security ?? []).length > 0) lines.push(`-H "Authorization: Bearer $ACCESS_TOKEN"`);
  for (const { name, schema } of required('header')) {
    if (name.toLowerCase() !== 'authorization') lines.push(`-H '${name}: ${value(schema)}'`);
  }
  const [type, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (type !== undefined) {
    lines.push(`-H 'Content-Type: ${type}'`);
    if (type.includes('json') && body?.schema !== undefined) {
      lines.push(`-d '${JSON.stringify(exampleOf(body.schema, schemas)).replaceAll("'", String.raw`'\''`)}'`);
    } else lines.push('--data-binary @file');
  }
  return lines.join(' \\\n  ');
}
