import { accessQueries } from './accesses.ts';
import { brokerResourceQueries } from './broker-resources.ts';
import { documentQueries } from './documents.ts';
import { downloadQueries } from './downloads.ts';
import { entitlementQueries } from './entitlements.ts';
import { instanceQueries } from './instances.ts';
import { lifecycleEndQueries } from './lifecycle-ends.ts';
import { lifecycleQueries } from './lifecycle.ts';
import { licenceQueries } from './licences.ts';
import { operationQueries } from './operations.ts';
import { personQueries } from './persons.ts';
import { reportQueries } from './reports.ts';
import { revealQueries } from './reveals.ts';
import { shipmentQueries } from './shipments.ts';
import { stepQueries } from './steps.ts';
import { taskQueries } from './tasks.ts';
import { undoQueries } from './undos.ts';

/** Everything a Product Store database can be asked. All rows of a customer lie in the same database. */
export const productStore = (database: D1Database) => ({
  instances: instanceQueries(database),
  accesses: accessQueries(database),
  steps: stepQueries(database),
  operations: operationQueries(database),
  licences: licenceQueries(database),
  lifecycles: { ...lifecycleQueries(database), ...lifecycleEndQueries(database) },
  documents: documentQueries(database),
  downloads: downloadQueries(database),
  entitlements: entitlementQueries(database),
  brokerResources: brokerResourceQueries(database),
  shipments: shipmentQueries(database),
  tasks: taskQueries(database),
  undos: undoQueries(database),
  reports: reportQueries(database),
  reveals: revealQueries(database),
  persons: personQueries(database),
});
export type ProductStore = ReturnType<typeof productStore>;
