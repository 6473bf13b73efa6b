import { type CallContext, callContextSchema } from '#shared/contracts/call.ts';
import {
  type DataSubjectService,
  type ErasureObstacle,
  type EraseStep,
  eraseStepInputSchema,
  type ExportPage,
  exportPageInputSchema,
  OBSTACLES_MAX,
} from '#shared/contracts/privacy.ts';
import { logWork } from '#shared/observability/work.ts';

const personSchema = exportPageInputSchema.pick({ customerId: true });

/** What a worker does about one person; what it is given is checked. */
export interface PersonWork {
  exportPage(customerId: string, cursor: string | null): Promise<ExportPage>;
  /** At most `limit`. */
  obstacles(customerId: string, limit: number): Promise<ErasureObstacle[]>;
  eraseStep(customerId: string, cursor: string | null): Promise<EraseStep>;
}

/** The service over it: input as the contract says, a line in the log a call. */
export function dataSubjectService(
  system: string,
  workOf: (requestId: string) => PersonWork,
): DataSubjectService {
  const logged = <Value>(
    call: CallContext,
    work: string,
    run: (person: PersonWork) => Promise<Value>,
  ): Promise<Value> => {
    const { requestId } = callContextSchema.parse(call);
    return logWork({ system, work, requestId }, () => run(workOf(requestId)));
  };
  return {
    async exportPage(call, input) {
      const { customerId, cursor } = exportPageInputSchema.parse(input);
      return logged(call, 'export a person', (person) => person.exportPage(customerId, cursor));
    },
    async obstacles(call, input) {
      const { customerId } = personSchema.parse(input);
      return logged(call, 'obstacles to erasing a person', async (person) => ({
        obstacles: (await person.obstacles(customerId, OBSTACLES_MAX)).slice(0, OBSTACLES_MAX),
      }));
    },
    async eraseStep(call, input) {
      const { customerId, cursor } = eraseStepInputSchema.parse(input);
      return logged(call, 'erase a person', (person) => person.eraseStep(customerId, cursor));
    },
  };
}
