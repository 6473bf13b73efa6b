import { finding, perWorker, type Check } from '../deployment.ts';

/** Each database has one owner; what another worker needs of it, it asks the owner for. */
export const databasesOwnedOnce: Check = ({ workers }) => {
  const owners = new Map<string, string>();
  return workers.flatMap((deployable) =>
    deployable.config.d1_databases.flatMap(({ binding, database_name: name = binding }) => {
      const owner = owners.get(name);
      owners.set(name, owner ?? deployable.worker);
      return owner === undefined
        ? []
        : [finding(deployable, `d1_databases.${binding}`, `${name} belongs to ${owner}`)];
    }),
  );
};

/** Accounts, credentials and sessions are for the auth worker alone. */
export const accountsOnlyInAuth: Check = perWorker(({ worker, config }) =>
  config.d1_databases
    .filter(({ binding, database_name: name }) => binding === 'AUTH_DB' || name === 'tradepost-auth')
    .filter(() => worker !== 'auth')
    .map(({ binding }) => [`d1_databases.${binding}`, 'only the auth worker binds the account database']),
);

export const databasesMigrated: Check = perWorker(({ config }, { migrations }) =>
  config.d1_databases
    .filter(({ binding, database_name: name = binding }) => (migrations[name] ?? []).length === 0)
    .map(({ binding }) => [`d1_databases.${binding}.migrations_dir`, 'holds no migration']),
);
