import type { DeployableWorker } from './deployment.ts';

/**
 * Entry points that a worker asks although their workers ask it: no order has each before the other. On the first deployment
 * it goes without them, and is deployed again once they are there. Nothing else may depend on them at its start.
 */
const LATE_ENTRYPOINTS: ReadonlySet<string> = new Set(['DataSubjectRpc']);
export const isLate = ({ entrypoint = 'default' }: { entrypoint?: string | undefined }): boolean =>
  LATE_ENTRYPOINTS.has(entrypoint);

/** Thrown when workers bind each other in a circle. */
export class OrderError extends Error {
  readonly deployable: DeployableWorker;
  constructor(deployable: DeployableWorker, circle: readonly string[]) {
    super(`workers bind each other: ${circle.join(' → ')}`);
    this.deployable = deployable;
  }
}

/** Workers so that each comes after those it binds, but for late entry points: a binding to a script that is not there yet is refused. */
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
  const services = config.services.filter((service) => !isLate(service));
  return [...services.map(({ service }) => service), ...elsewhere];
}
