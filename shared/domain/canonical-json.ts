/** JSON text that is the same for the same value, in whatever order its members were written. */
export const canonicalJson = (value: unknown): string => JSON.stringify(ordered(value));

/** Objects as sorted lists of members: a list of pairs can be no other object's text. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { object: entries.map(([name, inner]) => [name, ordered(inner)]) };
}
