import type { OperationRow } from '../queries/operations.ts';
import { HTTP_RESOURCE, httpRemote } from './http-remote.ts';
import { partnerRemote } from './partner-remote.ts';
import type { Remote } from './remote.ts';

/** Where an operation was ordered, by its `resource`. */
export const remoteOf = ({ resource }: Pick<OperationRow, 'resource'>): Remote =>
  resource === HTTP_RESOURCE ? httpRemote : partnerRemote;
