import { WorkerEntrypoint } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import type { DataSubjectService, EraseStepInput, ExportPageInput } from '#shared/contracts/privacy.ts';
import { meterWork } from '#shared/observability/work.ts';
import { dataSubjectService } from '#shared/privacy/service.ts';
import { BINDINGS, type Env } from '../env.ts';
import { invocationOf, portsOf } from '../ports.ts';
import { exportPerson } from './export-person.ts';

/**
 * What the catalogue keeps about a person: of staff, which jobs they asked for and which versions of products and collections
 * they wrote. All of it is about products, under an id that names nobody once the account is erased: nothing is to be erased
 * here.
 */
export class DataSubjectRpc extends WorkerEntrypoint<Env> implements DataSubjectService {
  readonly #service = dataSubjectService('catalogue', (requestId) => {
    const ports = portsOf(meterWork(this.env, BINDINGS), requestId, invocationOf(this.ctx));
    return {
      exportPage: (customerId, cursor) => exportPerson(ports, { customerId, cursor }),
      obstacles: () => Promise.resolve([]),
      eraseStep: () => Promise.resolve({ next: null, erased: {}, kept: [] }),
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
