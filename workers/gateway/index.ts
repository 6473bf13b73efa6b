import { createGateway } from './app.ts';
import type { Env } from './env.ts';
import { answers } from './public-reads/answers.ts';
import { hit } from './public-reads/hit.ts';

const gateway = createGateway();

export default {
  fetch: (request, env, ctx) => hit(answers, request) ?? gateway.fetch(request, env, ctx),
} satisfies ExportedHandler<Env>;
