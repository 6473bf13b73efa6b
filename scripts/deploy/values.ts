import { finding, type Deployment, type Finding } from './deployment.ts';
import { placeholders } from './resolve.ts';

/** The deployment as it will be: variables with the values that were chosen for it. */
export function withValues(deployment: Deployment, values: Record<string, string>): Deployment {
  return {
    ...deployment,
    workers: deployment.workers.map((deployable) => ({
      ...deployable,
      config: {
        ...deployable.config,
        vars: Object.fromEntries(
          Object.entries(deployable.config.vars).map(([name, value]) => [name, values[name] ?? value]),
        ),
      },
    })),
  };
}

/** Variables nobody chose a value for yet. */
export const unfilled = ({ workers }: Deployment): Finding[] =>
  workers.flatMap((deployable) =>
    placeholders(deployable.config.vars).map((name) =>
      finding(
        deployable,
        `vars.${name}`,
        `still the example ${String(deployable.config.vars[name])}: say --var ${name}=…`,
      ),
    ),
  );

/** Values chosen for variables that no worker has: a misspelt name would silently do nothing. */
export function unknownValues({ workers }: Deployment, values: Record<string, string>): string[] {
  const declared = new Set(workers.flatMap(({ config }) => Object.keys(config.vars)));
  return Object.keys(values).filter((name) => !declared.has(name));
}
