/** Which methods the API document offers at a path. Pure. */

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

interface PathEntry {
  pattern: RegExp;
  methods: string[];
}

/** Paths of an OpenAPI document as patterns; a `{parameter}` covers one segment. */
export function methodTable(paths: Record<string, object>): PathEntry[] {
  return Object.entries(paths).map(([template, item]) => {
    const methods = METHODS.filter((method) => method in item).map((method) => method.toUpperCase());
    return {
      pattern: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
      methods: methods.includes('GET') ? [...methods, 'HEAD'] : methods,
    };
  });
}

/** Methods offered at `path`; null when the document does not name the path, which is then the worker's to answer. */
export function methodsAt(table: readonly PathEntry[], path: string): string[] | null {
  const matching = table.filter(({ pattern }) => pattern.test(path));
  return matching.length === 0 ? null : [...new Set(matching.flatMap(({ methods }) => methods))];
}
