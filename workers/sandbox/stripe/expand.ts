import { invalidRequest } from './errors.ts';

const EXPANDABLE = new Set([
  'latest_charge',
  'payment_intent',
  'payment_method',
  'charge',
  'customer',
  'balance_transaction',
  'failure_balance_transaction',
  'source',
  'review',
  'dispute',
]);
/** Members that an object has only once there is something to tell. */
const MAY_BE_ABSENT = new Set(['failure_balance_transaction']);
const DEPTH_MAX = 4;

export interface Find {
  /** The object of this id; null when there is none. */
  object(id: string): unknown;
  /** First page of a charge's refunds. */
  refunds(charge: { id: string; payment_intent: unknown }): unknown;
}

/** Replaces ids by the objects they name, as `expand` asks (https://docs.stripe.com/api/expanding_objects). */
export function expanded(document: unknown, paths: readonly string[], find: Find): unknown {
  return paths.reduce((whole, path) => {
    const parts = path.split('.');
    if (parts.length > DEPTH_MAX) {
      throw invalidRequest(`You cannot expand more than ${DEPTH_MAX} levels of a property.`, {
        param: 'expand',
      });
    }
    return expandOne(whole, parts, find, path);
  }, document);
}

function expandOne(node: unknown, parts: string[], find: Find, path: string): unknown {
  const [part, ...rest] = parts;
  if (part === undefined || node === null || typeof node !== 'object') return node;
  const members = node as Record<string, unknown>;
  if (part === 'data' && Array.isArray(members['data'])) {
    return { ...members, data: members['data'].map((item) => expandOne(item, rest, find, path)) };
  }
  if (members['object'] === 'charge' && part === 'refunds') {
    // Several paths may lead through it: what one of them expanded stays.
    const list =
      members[part] ?? find.refunds({ id: String(members['id']), payment_intent: members['payment_intent'] });
    return { ...members, [part]: expandOne(list, rest, find, path) };
  }
  if (MAY_BE_ABSENT.has(part) && !(part in members)) return node;
  if (!EXPANDABLE.has(part) || !(part in members)) {
    throw invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' });
  }
  const value = members[part];
  const inner = typeof value === 'string' ? (find.object(value) ?? value) : value;
  return { ...members, [part]: expandOne(inner, rest, find, path) };
}
