import { accessQueries } from './accesses.ts';
import { downloadQueries } from './downloads.ts';
import { instanceQueries } from './instances.ts';
import { licenceQueries } from './licences.ts';
import { operationQueries } from './operations.ts';
import { reportQueries } from './reports.ts';
import { stepQueries } from './steps.ts';
import { taskQueries } from './tasks.ts';
import { undoQueries } from './undos.ts';

/** Everything one Product Store database can be asked. All rows of a customer lie in the same database. */
export const productStore = (database: D1Database) => ({
  instances: instanceQueries(database),
  accesses: accessQueries(database),
  steps: stepQueries(database),
  operations: operationQueries(database),
  licences: licenceQueries(database),
  downloads: downloadQueries(database),
  tasks: taskQueries(database),
  undos: undoQueries(database),
  reports: reportQueries(database),
});
export type ProductStore = ReturnType<typeof productStore>;

/**
 * The one way to a Product Store database. A customer's rows lie together, so with several databases these functions
 * alone learn the routing: by customer from a hash, by instance or operation from a directory.
 */
export interface Stores {
  ofCustomer(customerId: string): ProductStore;
  ofInstance(instanceId: string): ProductStore;
  ofOperation(operationId: string): ProductStore;
  all(): readonly ProductStore[];
}

export function singleStore(database: D1Database): Stores {
  const store = productStore(database);
  return { ofCustomer: () => store, ofInstance: () => store, ofOperation: () => store, all: () => [store] };
}
