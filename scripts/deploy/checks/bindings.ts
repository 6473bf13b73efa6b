import { perWorker, type Check, type Deployment } from '../deployment.ts';
import { declaredNames } from './names.ts';

const exportsOf = (deployment: Deployment, script: string): string[] | undefined =>
  deployment.workers.find(({ config }) => config.name === script)?.bundle.exports;

/** A service binding reaches a worker that is deployed, and an entry point its bundle exports. */
export const servicesExist: Check = perWorker(({ config }, deployment) =>
  config.services.flatMap(({ binding, service, entrypoint = 'default' }): [string, string][] => {
    const exported = exportsOf(deployment, service);
    if (exported === undefined)
      return [[`services.${binding}.service`, `${service} is not a deployable worker`]];
    if (exported.includes(entrypoint)) return [];
    return [[`services.${binding}.entrypoint`, `${service} does not export ${entrypoint}`]];
  }),
);

/** Durable Object and Workflow classes are exported by the worker whose script holds them. */
export const classesExported: Check = perWorker(({ config }, deployment) => {
  const objects = config.durable_objects.bindings.map((binding) => ({
    field: `durable_objects.${binding.name}.class_name`,
    ...binding,
  }));
  const workflows = config.workflows.map((workflow) => ({
    field: `workflows.${workflow.binding}.class_name`,
    ...workflow,
  }));
  return [...objects, ...workflows].flatMap(({ field, class_name, script_name }): [string, string][] => {
    const script = script_name ?? config.name;
    if (exportsOf(deployment, script)?.includes(class_name)) return [];
    return [[field, `${script} does not export ${class_name}`]];
  });
});

/** A Durable Object class without a migration cannot be created; a class may only be created once. */
export const classesMigrated: Check = perWorker(({ config }) => {
  const created = config.migrations.flatMap((migration) => migration.new_sqlite_classes ?? []);
  const missing = config.durable_objects.bindings
    .filter(({ class_name, script_name }) => script_name === undefined && !created.includes(class_name))
    .map(({ class_name }): [string, string] => ['migrations', `no migration creates ${class_name}`]);
  const twice = duplicates(created).map((name): [string, string] => [
    'migrations',
    `${name} is created twice`,
  ]);
  const tags = duplicates(config.migrations.map(({ tag }) => tag)).map((tag): [string, string] => [
    'migrations',
    `tag ${tag} is used twice`,
  ]);
  return [...missing, ...twice, ...tags];
});

export const bindingNamesUnique: Check = perWorker(({ config }) =>
  duplicates(declaredNames(config).map(({ name }) => name)).map((name) => [
    name,
    'two bindings have this name',
  ]),
);

/** A Workflow's name is its identity in the account. */
export const workflowNamesUnique: Check = (deployment) => {
  const taken = new Set<string>();
  return perWorker(({ config }) =>
    config.workflows.flatMap(({ name, binding, script_name }): [string, string][] => {
      if (script_name !== undefined) return [];
      const again = taken.has(name);
      taken.add(name);
      return again ? [[`workflows.${binding}.name`, `another workflow is named ${name}`]] : [];
    }),
  )(deployment);
};

export function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
