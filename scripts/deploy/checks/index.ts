import type { Check, Deployment, Finding } from '../deployment.ts';
import { deploymentOrder, OrderError } from '../order.ts';
import {
  bindingNamesUnique,
  classesExported,
  classesMigrated,
  servicesExist,
  workflowNamesUnique,
} from './bindings.ts';
import { bundlesFit, hashingAllowed, noTestCode } from './bundles.ts';
import { accountsOnlyInAuth, databasesMigrated, databasesOwnedOnce } from './databases.ts';
import { namesExpected } from './names.ts';
import {
  consumedQueuesProduced,
  consumersExplicit,
  deadLettersKept,
  producedQueuesConsumedOnce,
  queueSettingsWithinLimits,
} from './queues.ts';
import {
  oneEnvironment,
  onlyGatewayPublic,
  originShared,
  productionValues,
  realMoney,
  runtimeAgreed,
  secretsAreNotVariables,
  targetsPublic,
} from './settings.ts';
import { cronsValid, handlersTriggered } from './triggers.ts';

/** No worker can be deployed before the others when they bind each other. */
const orderExists: Check = (deployment) => {
  try {
    deploymentOrder(deployment.workers);
    return [];
  } catch (error) {
    if (!(error instanceof OrderError)) throw error;
    const { worker, file } = error.deployable;
    return [{ worker, file, field: 'services', problem: error.message }];
  }
};

/** Every rule a deployment has to keep; the report names each by what it makes sure of. */
export const CHECKS: Record<string, Check> = {
  'service bindings reach a deployed entry point': servicesExist,
  'object and workflow classes are exported': classesExported,
  'object classes have a migration': classesMigrated,
  'workflow names are unique': workflowNamesUnique,
  'binding names are unique in a worker': bindingNamesUnique,
  'names are those the code expects': namesExpected,
  'workers can be deployed one after another': orderExists,
  'a queue that is written to has one consumer': producedQueuesConsumedOnce,
  'a queue that is read is written to': consumedQueuesProduced,
  'queue consumers set their limits': consumersExplicit,
  'queue settings are within the platform’s limits': queueSettingsWithinLimits,
  'messages that keep failing are kept': deadLettersKept,
  'triggers and handlers meet': handlersTriggered,
  'cron expressions are valid': cronsValid,
  'a database has one owner': databasesOwnedOnce,
  'accounts are for the auth worker alone': accountsOnlyInAuth,
  'databases have migrations': databasesMigrated,
  'there is one environment': oneEnvironment,
  'workers agree on the runtime': runtimeAgreed,
  'workers agree on the public origin': originShared,
  'only the gateway is public': onlyGatewayPublic,
  'secrets are not variables': secretsAreNotVariables,
  'values are those of production': productionValues,
  'payments are real': realMoney,
  'others’ addresses are public': targetsPublic,
  'bundles fit': bundlesFit,
  'bundles hold no test code': noTestCode,
  'hashing is allowed on the platform': hashingAllowed,
};

/** Everything that forbids this deployment; empty when nothing does. */
export const checkDeployment = (deployment: Deployment): Finding[] =>
  Object.values(CHECKS).flatMap((check) => check(deployment));
