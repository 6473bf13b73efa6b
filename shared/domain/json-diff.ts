/** One place where a JSON value differs; without `to` the member is not there any more. */
export interface JsonChange {
  path: (string | number)[];
  from?: unknown;
  to?: unknown;
}

/**
 * Where two JSON values differ, as deep as they are alike in kind. Members of lists are compared by their position; those
 * that a shorter list lacks come last first, so that the changes can be applied in order.
 */
export function jsonDiff(before: unknown, after: unknown, path: (string | number)[] = []): JsonChange[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listDiff(before, after, path);
  if (isRecord(before) && isRecord(after)) return recordDiff(before, after, path);
  return [{ path, from: before, to: after }];
}

function listDiff(before: unknown[], after: unknown[], path: (string | number)[]): JsonChange[] {
  const changed = after
    .slice(0, before.length)
    .flatMap((value, index) => jsonDiff(before[index], value, [...path, index]));
  const added = after
    .slice(before.length)
    .map((to, index) => ({ path: [...path, before.length + index], to }));
  const gone = before
    .slice(after.length)
    .map((from, index) => ({ path: [...path, after.length + index], from }))
    .toReversed();
  return [...changed, ...added, ...gone];
}

function recordDiff(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: (string | number)[],
): JsonChange[] {
  const changed = Object.keys(after).flatMap((name): JsonChange[] =>
    Object.hasOwn(before, name)
      ? jsonDiff(before[name], after[name], [...path, name])
      : [{ path: [...path, name], to: after[name] }],
  );
  const gone = Object.keys(before)
    .filter((name) => !Object.hasOwn(after, name))
    .map((name) => ({ path: [...path, name], from: before[name] }));
  return [...changed, ...gone];
}

/** The value after these changes; `value` itself is not touched. */
export function applyChanges(value: unknown, changes: readonly JsonChange[]): unknown {
  return changes.reduce((whole, change) => applyOne(whole, change.path, change), value);
}

function applyOne(value: unknown, path: readonly (string | number)[], change: JsonChange): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change.to;
  if (Array.isArray(value) && typeof step === 'number') {
    const list = value.slice() as unknown[];
    if (rest.length === 0 && !('to' in change)) list.length = step;
    else list[step] = applyOne(list[step], rest, change);
    return list;
  }
  const record = isRecord(value) ? value : {};
  if (rest.length === 0 && !('to' in change)) {
    return Object.fromEntries(Object.entries(record).filter(([name]) => name !== String(step)));
  }
  const inner = applyOne(Object.hasOwn(record, step) ? record[step] : undefined, rest, change);
  return Object.fromEntries([...Object.entries(record), [String(step), inner]]);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 6901. */
export const jsonPointer = (path: readonly (string | number)[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
