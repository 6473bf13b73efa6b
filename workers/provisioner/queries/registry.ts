import { connectionQueries } from './connections.ts';
import { stepTimeQueries } from './step-times.ts';
import { templateQueries } from './templates.ts';

/** What belongs to no customer: how things are made. It lies in one database, however many hold the customers. */
export const registry = (database: D1Database) => ({
  templates: templateQueries(database),
  connections: connectionQueries(database),
  stepTimes: stepTimeQueries(database),
});
export type Registry = ReturnType<typeof registry>;
