import { readFileSync } from 'node:fs';
import type { Permission } from '#shared/auth/permissions.ts';
import { OPENAPI_TARGET } from '../../../scripts/generate/openapi.ts';
import { type Schema, sampleOf } from './sample.ts';

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}
interface Operation {
  operationId: string;
  security?: Record<string, string[]>[];
  'x-permissions'?: Permission[];
  'x-open-because'?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

/** Who may call a route, as the API document says it. */
export type Access =
  /** Everybody. */
  | { kind: 'open' }
  /** A token whose role carries one of the permissions. */
  | { kind: 'token'; permissions: readonly Permission[] }
  /** The same; or no token, with or without another right (a cart's token). */
  | { kind: 'guest'; permissions: readonly Permission[]; needsRight: boolean };

export interface Route {
  name: string;
  method: string;
  /** As the document has it, with `{parameters}`. */
  template: string;
  /** Null: the document does not say. */
  access: Access | null;
  operation: Operation;
}

const document = JSON.parse(readFileSync(OPENAPI_TARGET, 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** What ends something comes after the rest, and what ends the caller's own session, which every worker hears of, last. */
function endsOf({ method, template }: Route): number {
  if (method !== 'DELETE') return 0;
  return template.startsWith('/v1/auth/') ? 2 : 1;
}

/** Every route of every worker, those that end something last. */
export const ROUTES: readonly Route[] = Object.entries(document.paths)
  .flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${template}`,
      method: method.toUpperCase(),
      template,
      access: accessOf(operation),
      operation,
    })),
  )
  .sort((a, b) => endsOf(a) - endsOf(b));

function accessOf(operation: Operation): Access | null {
  const { security, 'x-permissions': permissions = [], 'x-open-because': because = '' } = operation;
  if (security === undefined) return null;
  if (security.length === 0) return because === '' ? null : { kind: 'open' };
  const hasToken = security.some((scheme) => 'accessToken' in scheme);
  if (!hasToken || permissions.length === 0) return null;
  if (security.length === 1) return { kind: 'token', permissions };
  const needsRight = !security.some((scheme) => Object.keys(scheme).length === 0);
  return { kind: 'guest', permissions, needsRight };
}

const sampled = (schema: Schema): unknown => sampleOf(schema, document.components.schemas);

/** The path with something of the right form in place of each parameter, unless `known` names what belongs there. */
export function pathOf(route: Route, known: (upToParameter: string) => string | undefined = () => undefined) {
  return route.template.replaceAll(/\{([^}]+)\}/g, (placeholder: string, name: string, at: number) => {
    const value = known(route.template.slice(0, at + placeholder.length));
    if (value !== undefined) return encodeURIComponent(value);
    const parameter = route.operation.parameters?.find((each) => each.in === 'path' && each.name === name);
    return encodeURIComponent(String(parameter === undefined ? 'none' : sampled(parameter.schema)));
  });
}

/** What a well-meant request of this route carries beside its token. */
export function requestOf(route: Route): { headers: Record<string, string>; body?: string } {
  const headers: Record<string, string> = {};
  for (const { name, in: where, required, schema } of route.operation.parameters ?? []) {
    if (where === 'header' && required === true) headers[name] = String(sampled(schema));
  }
  if (['PUT', 'PATCH', 'DELETE'].includes(route.method)) headers['if-match'] = '"1"';
  const json = route.operation.requestBody?.content['application/json'];
  return json === undefined
    ? { headers }
    : {
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(sampled(json.schema)),
      };
}
