import type { z } from 'zod';
import { invalidRequest, noSuch } from '../errors.ts';
import type { ListParams, searchParams } from '../parameters/lists.ts';
import { FIRST_PAGE, type DocumentKind, type Page } from '../storage.ts';
import type { OperationContext } from './context.ts';

export interface ListDocument {
  object: 'list' | 'search_result';
  url: string;
  has_more: boolean;
  next_page?: string | null;
  data: object[];
}
const LIMIT_DEFAULT = 10;

/** What a list may be narrowed by beyond the usual, as members of the object. */
export type Narrow<Params> = (input: Params) => Partial<Pick<Page, 'parent' | 'labels' | 'fields'>>;
const BY_NOTHING = () => ({});

/** A list operation over one kind of object, newest first. */
export const listOf =
  <Params extends ListParams>(kind: DocumentKind, url: string, narrow: Narrow<Params> = BY_NOTHING) =>
  (context: OperationContext, _id: string, input: Params): ListDocument => {
    if (input.starting_after !== undefined && input.ending_before !== undefined) {
      throw invalidRequest(
        'Received both ending_before and starting_after parameters. Please pass in only one.',
      );
    }
    const listed = context.store.list(kind, { ...pageOf(input), ...narrow(input) });
    const cursor = input.starting_after ?? input.ending_before ?? '';
    if (listed === null) {
      throw noSuch(kind, cursor, input.starting_after === undefined ? 'ending_before' : 'starting_after');
    }
    return { object: 'list', url, has_more: listed.hasMore, data: listed.data };
  };

/** The first page of a charge's refunds, as `expand` shows it. */
export function refundsOf(
  context: OperationContext,
  charge: { id: string; payment_intent: unknown },
): ListDocument {
  const parent = typeof charge.payment_intent === 'string' ? charge.payment_intent : charge.id;
  const narrow = () => ({ parent, fields: { charge: charge.id } });
  return listOf('refund', `/v1/charges/${charge.id}/refunds`, narrow)(context, '', {});
}

function pageOf(input: ListParams): Page {
  const created =
    typeof input.created === 'number' ? { gte: input.created, lte: input.created } : input.created;
  const from = created?.gte ?? (created?.gt === undefined ? null : created.gt + 1);
  const to = created?.lte ?? (created?.lt === undefined ? null : created.lt - 1);
  return {
    ...FIRST_PAGE,
    limit: input.limit ?? LIMIT_DEFAULT,
    startingAfter: input.starting_after ?? null,
    endingBefore: input.ending_before ?? null,
    createdFrom: from,
    createdTo: to,
  };
}

const CLAUSE = /^metadata\[["']([\w-]+)["']\]:["']([^"']*)["']$/;

/** `metadata['key']:'value'` clauses joined by AND: the part of the search language this world speaks. */
export function searchIntents(
  context: OperationContext,
  _id: string,
  input: z.infer<typeof searchParams>,
): ListDocument {
  const metadata = Object.fromEntries(
    input.query.split(/\s+AND\s+/i).map((clause) => {
      const [, key, value] = CLAUSE.exec(clause.trim()) ?? [];
      if (key === undefined || value === undefined) {
        throw invalidRequest("Only clauses like metadata['key']:'value' are understood here.", {
          param: 'query',
        });
      }
      return [key, value];
    }),
  );
  const page = input.page ?? null;
  const listed = context.store.list('payment_intent', {
    ...FIRST_PAGE,
    limit: input.limit ?? LIMIT_DEFAULT,
    startingAfter: page,
    metadata,
  });
  if (listed === null) throw noSuch('page', page ?? '', 'page');
  const next = listed.hasMore ? (listed.data.at(-1)?.id ?? null) : null;
  return {
    object: 'search_result',
    url: '/v1/payment_intents/search',
    has_more: listed.hasMore,
    next_page: next,
    data: listed.data,
  };
}
