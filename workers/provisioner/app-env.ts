import type { App } from '#shared/http/app.ts';
import type { Env } from './env.ts';
import type { Ports } from './ports.ts';

export type ProvisionerApp = App<Env>;
/** Makes the ports over an env; routes call it with the request's metered view. */
export type PortsOf = (env: Env) => Ports;
