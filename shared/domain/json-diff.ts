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
export function jsonDiff(before: unknown, after: unknown): JsonChange[] {
  const changes: JsonChange[] = [];
  addDiff(changes, [], before, after);
  return changes;
}

type Path = JsonChange['path'];

/** `path` is where it is, for as long as the call takes. */
function addDiff(changes: JsonChange[], path: Path, before: unknown, after: unknown): void {
  if (Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) addListDiff(changes, path, before, after);
  else if (isRecord(before) && isRecord(after)) addRecordDiff(changes, path, before, after);
  else changes.push({ path: [...path], from: before, to: after });
}

function addListDiff(changes: JsonChange[], path: Path, before: unknown[], after: unknown[]): void {
  const both = Math.min(before.length, after.length);
  for (let index = 0; index < both; index += 1) {
    path.push(index);
    addDiff(changes, path, before[index], after[index]);
    path.pop();
  }
  for (let index = both; index < after.length; index += 1)
    changes.push({ path: [...path, index], to: after[index] });
  for (let index = before.length - 1; index >= both; index -= 1)
    changes.push({ path: [...path, index], from: before[index] });
}

function addRecordDiff(
  changes: JsonChange[],
  path: Path,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): void {
  for (const name of Object.keys(after)) {
    if (!Object.hasOwn(before, name)) {
      changes.push({ path: [...path, name], to: after[name] });
      continue;
    }
    path.push(name);
    addDiff(changes, path, before[name], after[name]);
    path.pop();
  }
  for (const name of Object.keys(before))
    if (!Object.hasOwn(after, name)) changes.push({ path: [...path, name], from: before[name] });
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
