import { WorkerEntrypoint } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import type { DataSubjectService, EraseStepInput, ExportPageInput } from '#shared/contracts/privacy.ts';
import { meterWork } from '#shared/observability/work.ts';
import { dataSubjectService } from '#shared/privacy/service.ts';
import { BINDINGS, type Env } from '../env.ts';
import { personPorts } from '../ports.ts';
import { erasePerson } from './erase-person.ts';
import { exportPerson } from './export-person.ts';

/** What this worker and the payment provider keep about a person, for the auth worker alone. */
export class DataSubjectRpc extends WorkerEntrypoint<Env> implements DataSubjectService {
  readonly #service = dataSubjectService('payments', (requestId) => {
    const ports = personPorts(meterWork(this.env, BINDINGS));
    const call = { requestId };
    return {
      exportPage: (customerId, cursor) => exportPerson(ports, call, { customerId, cursor }),
      obstacles: (customerId, limit) => ports.persons.openDisputes(customerId, limit),
      eraseStep: (customerId, cursor) => erasePerson(ports, call, { customerId, cursor }),
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
