/** What a form-encoded body with brackets says: `a[b]=1&c[]=2&d[0]=3`. Pure. */
export type FormValue = string | FormValue[] | { [name: string]: FormValue };
export type FormTree = { [name: string]: FormValue };

const DEPTH_MAX = 8;
const FIELDS_MAX = 500;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads a body or query the way Stripe's API does; null when it is beyond reason. Indexed and `[]` items are lists. */
export function parseForm(text: string): FormTree | null {
  const fields = [...new URLSearchParams(text)];
  if (fields.length > FIELDS_MAX) return null;
  const root: FormTree = {};
  for (const [name, value] of fields) {
    const path = pathOf(name);
    if (path === null || !assign(root, path, value)) return null;
  }
  return root;
}

function pathOf(name: string): string[] | null {
  const head = /^[^[\]]+/.exec(name)?.[0];
  if (head === undefined) return null;
  const rest = name.slice(head.length);
  const parts = [...rest.matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1] ?? '');
  const path = [head, ...parts];
  const whole = parts.reduce((length, part) => length + part.length + 2, 0) === rest.length;
  return whole && path.length <= DEPTH_MAX && !path.some((part) => FORBIDDEN.has(part)) ? path : null;
}

/** False when a name is used both as a value and as a container. */
function assign(root: FormTree, path: string[], value: string): boolean {
  let node: FormTree | FormValue[] = root;
  for (const [depth, part] of path.entries()) {
    const next = path[depth + 1];
    const key: string | number = Array.isArray(node) ? (part === '' ? node.length : Number(part)) : part;
    if (typeof key === 'number' && !(key >= 0 && key <= FIELDS_MAX)) return false;
    const bag = node as Record<string | number, FormValue>;
    if (next === undefined) {
      bag[key] = value;
      return true;
    }
    const child: FormValue = (bag[key] ??= /^\d*$/.test(next) ? [] : {});
    if (typeof child === 'string' || (Array.isArray(child) && !/^\d*$/.test(next))) return false;
    node = child;
  }
  return true;
}
