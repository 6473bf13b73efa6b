import type { Address } from '#shared/domain/address.ts';
import type { Source } from './template.ts';

/** What a template may know of the order line it serves. */
export interface LineFacts {
  orderId: string;
  orderNumber: string;
  lineId: string;
  instanceId: string;
  sku: string;
  title: string;
  quantity: number;
  customisation: Record<string, unknown>;
  fulfilment: Record<string, unknown>;
  shippingAddress: Address | null;
}

/** Outputs of the steps before, by step name. */
export type StepResults = Record<string, Record<string, unknown>>;

/** Fills a template's inputs in. A path that leads nowhere gives `undefined`, which no input schema accepts. Pure. */
export function resolveSources(
  sources: Record<string, Source>,
  line: LineFacts,
  results: StepResults,
): Record<string, unknown> {
  const scope = { line, fulfilment: line.fulfilment, customisation: line.customisation, result: results };
  return Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, resolve(source, scope)]));
}

function resolve(source: Source, scope: Record<string, unknown>): unknown {
  if (typeof source === 'string') return follow(source, scope);
  if ('literal' in source) return source.literal;
  const [left, right] = [follow(source.path, scope), follow(source.times, scope)];
  return typeof left === 'number' && typeof right === 'number' ? left * right : undefined;
}

/** Own members only: a path can never reach what every object inherits. */
function follow(path: string, scope: Record<string, unknown>): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    return (value as Record<string, unknown>)[name];
  }, scope);
}

/** Names of the steps whose results a source needs. Pure. */
export function neededSteps(source: Source): string[] {
  const paths = typeof source === 'string' ? [source] : 'path' in source ? [source.path, source.times] : [];
  return paths
    .map((path) => /^result\.([\w-]+)/.exec(path)?.[1])
    .filter((name): name is string => name !== undefined);
}
