/**
 * Takes a further database of the Product Store in, once the configuration binds it and the system runs with it: checks the
 * configuration, and lets the system check that the database is migrated and empty. Then shards may be moved to it.
 *
 *   npm run store:add-database -- --name STORE_DB_3
 *
 * Before: in workers/provisioner/wrangler.toml a `[[d1_databases]]` like that of STORE_DB_2; `npm run generate`; then
 * `npm start` or `npm run deploy`, which make and migrate it. Signs in as the local operator, or as --email/--password at --url.
 */
import { STORE_BINDING } from '#shared/db/store-databases.ts';
import type { StoreOverview } from '#shared/contracts/http/store.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { api } from './lib/api.ts';
import { boundDatabases } from './lib/migrate.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const USAGE = `Usage: npm run store:add-database -- --name STORE_DB_3 [${OPERATOR_USAGE}]`;
const { values } = parseArguments(USAGE, { options: { ...OPERATOR_OPTIONS, name: { type: 'string' } } });
const { name = '' } = values;
if (!STORE_BINDING.test(name)) refuse(USAGE);

const bound = boundDatabases('provisioner').filter(({ binding }) => STORE_BINDING.test(binding));
const wanted = bound.find(({ binding }) => binding === name);
const home = bound[0];
if (wanted === undefined || home === undefined) {
  refuse(`workers/provisioner/wrangler.toml binds no ${name}: add it as STORE_DB_2 stands there.`);
} else if (wanted.migrations !== home.migrations) {
  refuse(`${name} has another folder of migrations than STORE_DB.`);
}

const { origin, token } = await asOperator(values);
const { databases } = await api<StoreOverview>(origin, 'POST /v1/provisioning/store/databases', {
  token: await token(),
  body: { name },
});
for (const { name: each, isAdded, shards } of databases)
  console.log(JSON.stringify({ database: each, isAdded, shards: shards.length }));
