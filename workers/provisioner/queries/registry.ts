import { brokerPlanQueries } from './broker-plans.ts';
import { connectionQueries } from './connections.ts';
import { licencePoolQueries } from './licence-pools.ts';
import { noticeQueries } from './notices.ts';
import { partnerMessageQueries } from './partner-messages.ts';
import { registryPersonQueries } from './persons.ts';
import { shardQueries } from './shards.ts';
import { stepTimeQueries } from './step-times.ts';
import { templateQueries } from './templates.ts';

/** What belongs to no customer: how things are made. It lies in one database, however many hold the customers. */
export const registry = (database: D1Database) => ({
  templates: templateQueries(database),
  connections: connectionQueries(database),
  brokerPlans: brokerPlanQueries(database),
  licencePools: licencePoolQueries(database),
  notices: noticeQueries(database),
  partnerMessages: partnerMessageQueries(database),
  persons: registryPersonQueries(database),
  stepTimes: stepTimeQueries(database),
  shards: shardQueries(database),
});
export type Registry = ReturnType<typeof registry>;
