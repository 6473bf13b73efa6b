import type { WebhookEndpointView } from '#shared/contracts/http/webhook-endpoints.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { KeyRow, Settings } from './storage.ts';

/** The endpoint as the API shows it: no secret, nor anything sealed. */
export const endpointView = (settings: Settings, keys: readonly KeyRow[]): WebhookEndpointView => ({
  id: settings.id,
  url: settings.url,
  eventTypes: settings.eventTypes,
  description: settings.description,
  enabled: settings.disabledReason === null,
  disabledReason: settings.disabledReason,
  failingSince: settings.failingSince === null ? null : rfc3339(settings.failingSince),
  keys: keys.map(({ signing, public_key, created_at, expires_at }) => ({
    signing,
    publicKey: public_key,
    createdAt: rfc3339(created_at),
    expiresAt: expires_at === null ? null : rfc3339(expires_at),
  })),
  version: settings.version,
  createdAt: rfc3339(settings.createdAt),
  updatedAt: rfc3339(settings.updatedAt),
});
