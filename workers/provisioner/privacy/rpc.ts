import { WorkerEntrypoint } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import type { DataSubjectService, EraseStepInput, ExportPageInput } from '#shared/contracts/privacy.ts';
import { meterWork } from '#shared/observability/work.ts';
import { dataSubjectService } from '#shared/privacy/service.ts';
import { BINDING_KINDS, type Env } from '../env.ts';
import { ports } from '../ports.ts';
import { erasePerson } from './erase-person.ts';
import { exportPerson } from './export-person.ts';

/** What the Product Store keeps about a person, for the auth worker alone. */
export class DataSubjectRpc extends WorkerEntrypoint<Env> implements DataSubjectService {
  readonly #service = dataSubjectService('provisioner', (requestId) => {
    const made = ports(meterWork(this.env, BINDING_KINDS));
    return {
      exportPage: (customerId, cursor) => exportPerson(made, { customerId, cursor, requestId }),
      async obstacles(customerId, limit) {
        const running = await made.stores.ofCustomer(customerId).persons.running(customerId, limit);
        return running.map((subject) => ({ code: 'instance_running', subject }));
      },
      eraseStep: (customerId, cursor) => erasePerson(made, { customerId, cursor, requestId }),
    };
  });

  exportPage(call: CallContext, input: ExportPageInput) {
    return this.#service.exportPage(call, input);
  }
  obstacles(call: CallContext, input: { customerId: string }) {
    return this.#service.obstacles(call, input);
  }
  eraseStep(call: CallContext, input: EraseStepInput) {
    return this.#service.eraseStep(call, input);
  }
}
