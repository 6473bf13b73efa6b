import type { PartnerRefusal, ResourceChange } from '../adapters/partner-api.ts';
import { PartnerFault } from '../adapters/partner-fault.ts';
import type { StepFailure } from '../templates/template.ts';
import type { ChangeCall, ChangeOutcome, Connector } from './connector.ts';
import { OPERATIONS } from './operations.ts';

type Call = ChangeCall<'partner.order-service'>;
const accessData = OPERATIONS['partner.order-service'].output;

/** Changes what a step ordered at the partner, or renews its credentials, while the service runs. */
export const changeService: Pick<
  Required<Connector<'partner.order-service'>>,
  'update' | 'rotate' | 'settle'
> = {
  update: (call) => {
    const { plan, parameters, quantity } = call.input;
    return change(call, { plan, parameters: { ...parameters, quantity } });
  },
  rotate: (call) => change(call, null),
  async settle({ ports }, operationId) {
    const news = await ports.partner.operation(operationId);
    if (news === null || news.state === 'in_progress') return { kind: 'pending', token: operationId };
    if (news.state === 'succeeded') return done(news.result ?? null);
    return { kind: 'refused', failure: refused(news.error?.message ?? null) };
  },
};

async function change(call: Call, to: ResourceChange['to']): Promise<ChangeOutcome> {
  const { ports, instance, step, sequence } = call;
  const resourceId = await liveResource(call);
  if (resourceId === null) return { kind: 'refused', failure: GONE };
  const answer = await ports.partner.change('services', resourceId, {
    to,
    sequence,
    idempotencyKey: `${instance.id}/${step.idempotencyKey}`,
  });
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'pending', token: answer.operationId };
    case 'changed':
      return done(answer.result);
    case 'refused':
      return { kind: 'refused', failure: refused(wordsOf(answer)) };
  }
}

/** Garbage in place of access data is as good as no answer. */
function done(result: Record<string, unknown> | null): ChangeOutcome {
  if (result === null) return { kind: 'done', output: null };
  const output = accessData.safeParse(result);
  if (!output.success) throw new PartnerFault('the partner brings no access data');
  return { kind: 'done', output: output.data };
}

async function liveResource({ ports, instance, step }: Call): Promise<string | null> {
  const operations = await ports.stores.ofInstance(instance.id).operations.of(instance.id, step.name);
  const live = operations.find(({ state, undoneAt }) => state === 'succeeded' && undoneAt === null);
  return live?.resourceId ?? null;
}

/** Refusals that tell of our own set-up are none of the customer's business. */
const wordsOf = ({ status, message }: PartnerRefusal): string | null =>
  status === 401 || status === 403 ? null : message;

const refused = (words: string | null): StepFailure => ({
  code: 'partner_refused',
  text: `Our partner did not accept the change${words === null || words === '' ? '.' : `: ${words}`}`,
});

const GONE: StepFailure = { code: 'resource_gone', text: 'Our partner does not have it any more.' };
