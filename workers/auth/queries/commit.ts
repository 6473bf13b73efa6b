/** A statement that waits for the batch it is part of. */
export type Write = D1PreparedStatement;

const UNMET = 'expectation unmet';

/**
 * Runs all writes in one transaction, or none. False when one of the `expect…` statements among them was not met:
 * someone else was first. Anything else that goes wrong is a fault and thrown.
 */
export async function commit(database: D1Database, writes: readonly Write[]): Promise<boolean> {
  try {
    await database.batch([...writes]);
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes(UNMET)) return false;
    throw error;
  }
}
