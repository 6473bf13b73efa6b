import type { Endpoint } from '../../routes/route.ts';
import { askForCustomerDataEndpoint, askForOwnDataEndpoint } from './ask.ts';
import {
  cancelDataRequestOfCustomerEndpoint,
  cancelOwnDataRequestEndpoint,
  retryDataRequestEndpoint,
} from './change.ts';
import { getDataDocumentEndpoint } from './document.ts';
import { eraseAgainEndpoint } from './erase-again.ts';
import {
  getOwnDataRequestEndpoint,
  listCustomerDataRequestsEndpoint,
  listDataRequestsOfCustomerEndpoint,
  listOwnDataRequestsEndpoint,
} from './list.ts';
import { replayErasuresEndpoint } from './replay.ts';

export const PRIVACY_ENDPOINTS: readonly Endpoint[] = [
  askForOwnDataEndpoint,
  listOwnDataRequestsEndpoint,
  getOwnDataRequestEndpoint,
  getDataDocumentEndpoint,
  cancelOwnDataRequestEndpoint,
  askForCustomerDataEndpoint,
  listDataRequestsOfCustomerEndpoint,
  cancelDataRequestOfCustomerEndpoint,
  retryDataRequestEndpoint,
  listCustomerDataRequestsEndpoint,
  replayErasuresEndpoint,
  eraseAgainEndpoint,
];
