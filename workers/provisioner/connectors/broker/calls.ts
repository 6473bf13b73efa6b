import type { BrokerRequest as HttpRequest } from '../../adapters/broker-api.ts';
import type { BrokerResource } from '../../queries/broker-resources.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import type { BrokerRequest, ProvisionInput } from './requests.ts';

/*
 * Requests of the Open Service Broker API 2.17 about one service instance or binding. Pure. Whoever runs the shop is no user
 * of it: what is asked for by a customer's wish
 * carries an originating identity; looks and deletions are the platform's own.
 */

const PLATFORM = 'tradepost';

const instancePath = (id: string): string => `/v2/service_instances/${encodeURIComponent(id)}`;
export const pathOf = ({
  serviceInstanceId,
  bindingId,
}: Pick<BrokerResource, 'serviceInstanceId' | 'bindingId'>) =>
  instancePath(serviceInstanceId) +
  (bindingId === null ? '' : `/service_bindings/${encodeURIComponent(bindingId)}`);

const contextOf = (userId: string) => ({ platform: PLATFORM, organization_guid: userId });

/** `PUT`: provisions, or binds. The same again is the same request. */
export function making(resource: BrokerResource, request: BrokerRequest): HttpRequest {
  const { serviceId: service_id, planId: plan_id, parameters, userId, requestId } = request;
  const common = { service_id, plan_id, parameters };
  const body =
    request.what === 'instance'
      ? {
          ...common,
          context: { ...contextOf(userId), space_guid: request.orderId, instance_name: request.title },
          organization_guid: userId,
          space_guid: request.orderId,
        }
      : request.predecessorBindingId === null
        ? { ...common, context: contextOf(userId) }
        : { predecessor_binding_id: request.predecessorBindingId };
  return {
    method: 'PUT',
    path: pathOf(resource),
    query: { accepts_incomplete: 'true' },
    body,
    userId,
    requestId,
  };
}

const hints = (resource: BrokerResource, { serviceId }: BrokerRequest) => ({
  service_id: serviceId,
  plan_id: resource.planId,
});

/** `DELETE`: deprovisions, or unbinds. */
export const removing = (resource: BrokerResource, request: BrokerRequest): HttpRequest => ({
  method: 'DELETE',
  path: pathOf(resource),
  query: { ...hints(resource, request), accepts_incomplete: 'true' },
  userId: null,
  requestId: request.requestId,
});

/** `operation`: the broker's name for what goes on; empty: it gave none. */
export const lookingAt = (
  resource: BrokerResource,
  request: BrokerRequest,
  operation: string,
): HttpRequest => ({
  method: 'GET',
  path: `${pathOf(resource)}/last_operation`,
  query: { ...hints(resource, request), ...(operation === '' ? {} : { operation }) },
  userId: null,
  requestId: request.requestId,
});

export const fetching = (resource: BrokerResource, request: BrokerRequest): HttpRequest => ({
  method: 'GET',
  path: pathOf(resource),
  query: hints(resource, request),
  userId: null,
  requestId: request.requestId,
});

/** `PATCH`: only what differs is sent, since customers may have changed more at the broker's own dashboard. */
export const updating = (
  resource: BrokerResource,
  request: BrokerRequest,
  { before, input }: { before: ProvisionInput; input: ProvisionInput },
): HttpRequest => {
  const isOther = canonicalJson(before.parameters) !== canonicalJson(input.parameters);
  return {
    method: 'PATCH',
    path: pathOf(resource),
    query: { accepts_incomplete: 'true' },
    body: {
      service_id: request.serviceId,
      context: contextOf(request.userId),
      ...(input.planId === resource.planId ? {} : { plan_id: input.planId }),
      ...(isOther ? { parameters: input.parameters } : {}),
      previous_values: { service_id: request.serviceId, plan_id: resource.planId },
    },
    userId: request.userId,
    requestId: request.requestId,
  };
};
