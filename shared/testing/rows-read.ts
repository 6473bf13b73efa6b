/** Adds the rows that statements read, as D1 counts and charges them, to `count`. Answers stay as they are. */
export function countingRows(database: D1Database, count: (rows: number) => void): D1Database {
  const inner = new WeakMap<object, D1PreparedStatement>();
  const add = <Row>(result: D1Result<Row>): D1Result<Row> => {
    count(result.meta.rows_read);
    return result;
  };
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const rows = async () => add(await statement.all()).results;
    const outer = {
      bind: (...values: unknown[]) => counted(statement.bind(...values)),
      all: async () => add(await statement.all()),
      run: async () => add(await statement.run()),
      raw: async () => (await rows()).map((row) => Object.values(row)),
      first: async () => (await rows())[0] ?? null,
    } as unknown as D1PreparedStatement;
    inner.set(outer, statement);
    return outer;
  };
  const over = (base: D1Database | D1DatabaseSession): D1Database =>
    ({
      prepare: (sql: string) => counted(base.prepare(sql)),
      batch: async (statements: D1PreparedStatement[]) =>
        (await base.batch(statements.map((each) => inner.get(each) ?? each))).map(add),
      withSession: (from?: string) => over((base as D1Database).withSession(from)),
      getBookmark: () => ('getBookmark' in base ? base.getBookmark() : null),
    }) as unknown as D1Database;
  return over(database);
}
