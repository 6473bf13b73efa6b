import { systemClock } from '#shared/time/time.ts';
import { AnswerStore } from './answer-store.ts';

/** Of this isolate. */
export const answers = new AnswerStore(systemClock);
