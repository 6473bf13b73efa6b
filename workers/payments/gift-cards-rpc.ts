import { WorkerEntrypoint } from 'cloudflare:workers';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import {
  type GiftCardKey,
  giftCardKeySchema,
  type GiftCardsService,
  type IssueGiftCards,
  issueGiftCardsSchema,
  type ShutGiftCards,
  shutGiftCardsSchema,
} from '#shared/contracts/gift-cards.ts';
import { logWork, meterWork } from '#shared/observability/work.ts';
import { BINDINGS, type Env } from './env.ts';
import { giftCardPorts } from './ports.ts';
import { activateCards, issueCards, shutCards, withdrawCards } from './usecases/gift-cards/issue.ts';

/** Gift cards for the worker that delivers them. */
export class GiftCardsRpc extends WorkerEntrypoint<Env> implements GiftCardsService {
  readonly #ports = giftCardPorts(meterWork(this.env, BINDINGS));

  issue(call: CallContext, input: IssueGiftCards) {
    const wish = issueGiftCardsSchema.parse(input);
    return logged('issueGiftCards', call, () => issueCards(this.#ports, call, wish));
  }

  activate(call: CallContext, input: GiftCardKey) {
    const { key } = giftCardKeySchema.parse(input);
    return logged('activateGiftCards', call, () => activateCards(this.#ports, call, key));
  }

  withdraw(call: CallContext, input: GiftCardKey) {
    const { key } = giftCardKeySchema.parse(input);
    return logged('withdrawGiftCards', call, () => withdrawCards(this.#ports, call, key));
  }

  shut(call: CallContext, input: ShutGiftCards) {
    const wish = shutGiftCardsSchema.parse(input);
    return logged('shutGiftCards', call, () => shutCards(this.#ports, call, wish));
  }
}

function logged<Value>(work: string, call: CallContext, run: () => Promise<Value>): Promise<Value> {
  const { requestId } = callContextSchema.parse(call);
  return logWork({ system: 'payments', work, requestId }, run);
}
