import type { Ports } from '../../ports.ts';

/** What a job's steps need. */
export type JobPorts = Pick<
  Ports,
  | 'catalogue'
  | 'jobs'
  | 'files'
  | 'search'
  | 'cache'
  | 'purge'
  | 'events'
  | 'sanitise'
  | 'clock'
  | 'requestId'
  | 'author'
>;
