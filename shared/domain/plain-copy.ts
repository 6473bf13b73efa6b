/** A deep copy of plain data: what JSON can say, and fields that are undefined. Many times quicker than `structuredClone`. */
export function plainCopy<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => plainCopy<unknown>(each)) as Value;
  const fields = Object.entries(value).map(([name, field]): [string, unknown] => [
    name,
    plainCopy<unknown>(field),
  ]);
  // Also a field of the name `__proto__` is one of its own.
  return Object.fromEntries(fields) as Value;
}
