import { createGateway } from './app.ts';

export default { fetch: createGateway().fetch };
