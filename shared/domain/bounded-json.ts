/** How large a JSON value may be. A container is one level, what it holds the next. */
export interface JsonBounds {
  depthMax: number;
  /** Bytes of the value as it is stored: serialised again, in UTF-8. Numbers may grow by that. */
  bytesMax: number;
}
export interface JsonFault {
  path: (string | number)[];
  detail: string;
}

const ILL_FORMED = 'is not well-formed Unicode';

/**
 * What is wrong with a parsed JSON value that a stranger sent, or null. Walks without recursion, so that no depth can
 * exhaust the stack; whoever comes after may recurse. `__proto__` is refused by name: copying an object drops it. Text
 * with half of a surrogate pair is refused, as a name or a value: it cannot be written in UTF-8, nor into an address.
 */
export function jsonFault(value: unknown, { depthMax, bytesMax }: JsonBounds): JsonFault | null {
  const left: { value: unknown; path: JsonFault['path'] }[] = [{ value, path: [] }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value: present, path } = next;
    if (typeof present === 'string' && !present.isWellFormed()) return { path, detail: ILL_FORMED };
    if (present === null || typeof present !== 'object') continue;
    if (path.length >= depthMax)
      return { path: [], detail: `must not be nested deeper than ${depthMax} levels` };
    if (Object.hasOwn(present, '__proto__')) {
      return { path: [...path, '__proto__'], detail: 'is not an allowed name' };
    }
    const inner: Iterable<[string | number, unknown]> = Array.isArray(present)
      ? present.entries()
      : Object.entries(present);
    for (const [name, held] of inner) {
      if (typeof name === 'string' && !name.isWellFormed())
        return { path, detail: `has a name that ${ILL_FORMED}` };
      if (typeof held === 'string' || typeof held === 'object')
        left.push({ value: held, path: [...path, name] });
    }
  }
  const bytes = new TextEncoder().encode(JSON.stringify(value) ?? '').length;
  return bytes > bytesMax
    ? { path: [], detail: `takes ${bytes} bytes when it is stored; at most ${bytesMax} are allowed` }
    : null;
}
