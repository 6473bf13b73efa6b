/**
 * A statement with its values, the first of `parameters`: D1 wants exactly as many as the highest numbered parameter of a
 * statement, at most nine.
 */
export const bound = (
  database: D1DatabaseSession,
  sql: string,
  parameters: readonly unknown[],
): D1PreparedStatement => {
  const count = Math.max(...[...sql.matchAll(/\?(\d)/g)].map(([, n]) => Number(n)));
  return database.prepare(sql).bind(...parameters.slice(0, count));
};
