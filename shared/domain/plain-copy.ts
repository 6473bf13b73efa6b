/** A deep copy of plain data: what JSON can say, and fields that are undefined. Many times quicker than `structuredClone`. */
export function plainCopy<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => plainCopy<unknown>(each)) as Value;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const field = plainCopy((value as Record<string, unknown>)[name]);
    // Assigned it would be the copy's prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, { value: field, ...PLAIN });
    else copy[name] = field;
  }
  return copy as Value;
}
const PLAIN = { configurable: true, enumerable: true, writable: true };

/** Would JSON write both down in the same way? Fields that are undefined are left out there. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other))
    return Array.isArray(one) && Array.isArray(other) && isSameList(one, other);
  return isSameRecord(one as Record<string, unknown>, other as Record<string, unknown>);
}

function isSameList(one: unknown[], other: unknown[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (!isSameJson(one[index], other[index])) return false;
  return true;
}

function isSameRecord(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const [names, others] = [Object.keys(one), Object.keys(other)];
  let at = 0;
  for (const name of names) {
    if (one[name] === undefined) continue;
    while (at < others.length && other[others[at] ?? ''] === undefined) at += 1;
    if (others[at] !== name || !isSameJson(one[name], other[name])) return false;
    at += 1;
  }
  while (at < others.length && other[others[at] ?? ''] === undefined) at += 1;
  return at === others.length;
}
