import type { DeployableWorker } from './deployment.ts';

/** Thrown when workers bind each other in a circle. */
export class OrderError extends Error {
  readonly deployable: DeployableWorker;
  constructor(deployable: DeployableWorker, circle: readonly string[]) {
    super(`workers bind each other: ${circle.join(' → ')}`);
    this.deployable = deployable;
  }
}

/** Workers so that each comes after those it binds: a binding to a script that is not there yet is refused. */
export function deploymentOrder(workers: readonly DeployableWorker[]): DeployableWorker[] {
  const ordered: DeployableWorker[] = [];
  const visit = (deployable: DeployableWorker, path: readonly string[]): void => {
    if (ordered.includes(deployable)) return;
    const { name } = deployable.config;
    if (path.includes(name)) throw new OrderError(deployable, [...path.slice(path.indexOf(name)), name]);
    for (const script of boundScripts(deployable)) {
      const bound = workers.find(({ config }) => config.name === script);
      if (bound !== undefined) visit(bound, [...path, name]);
    }
    ordered.push(deployable);
  };
  for (const deployable of workers) visit(deployable, []);
  return ordered;
}

function boundScripts({ config }: DeployableWorker): string[] {
  const elsewhere = [...config.durable_objects.bindings, ...config.workflows]
    .flatMap(({ script_name }) => script_name ?? [])
    .filter((script) => script !== config.name);
  return [...config.services.map(({ service }) => service), ...elsewhere];
}
