import { createRoute } from '@hono/zod-openapi';
import { challengeLinkSchema, linkSentSchema } from '#shared/contracts/http/challenge.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { sendChallengeLink } from '../usecases/challenge-link.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/challenge-link',
  operationId: 'sendChallengeLink',
  tags: TAGS.auth,
  summary: 'Have a link mailed that stands for a solved challenge, where no script can run',
  ...open('only the owner of the mailbox gets anything; requests are limited'),
  request: jsonBody(challengeLinkSchema),
  responses: {
    202: json('A mail is on its way, whether or not the address is known', linkSentSchema),
    ...problems(
      'rate-limited',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const sendChallengeLinkEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await sendChallengeLink(ports, caller, c.req.valid('json')));
    return c.json({ status: 'link_sent' as const }, 202, NO_STORE);
  });
};
