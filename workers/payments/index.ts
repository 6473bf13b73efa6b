import { log } from '#shared/observability/log.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import { createPaymentsApp } from './app.ts';
import type { Env } from './env.ts';
import { eventPorts } from './ports.ts';
import { enqueueForgotten } from './usecases/enqueue-forgotten.ts';

export { PaymentsRpc } from './rpc.ts';

const app = createPaymentsApp();

export default {
  fetch: app.fetch,
  async scheduled(_controller, env): Promise<void> {
    const requestId = newRequestId();
    const swept = await enqueueForgotten(eventPorts(env), requestId);
    log.info('inbox swept', { system: 'payments', requestId, ...swept });
  },
} satisfies ExportedHandler<Env>;
