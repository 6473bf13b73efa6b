import { createNoteSchema } from '#shared/contracts/http/after-sale.ts';
import type { App } from '#shared/http/app.ts';
import type { Env } from '../env.ts';
import { afterSaleRoute } from './after-sale-route.ts';

export const noteOnOrderRoute = (app: App<Env>): void =>
  afterSaleRoute(app, {
    path: '/notes',
    operationId: 'noteOnOrder',
    summary: 'Write a note, for the team or for the customer too',
    operator: 'orders.note',
    body: createNoteSchema,
    wish: ({ text, visibility }) => ({ type: 'note.added', text, visible: visibility === 'customer' }),
  });
