import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { demandedActor, open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { NO_STORE, type Endpoint } from '../../routes/route.ts';
import { PATHS } from '../endpoints.ts';
import { userInfo } from '../usecases/user-info.ts';
import { OAUTH_TAG } from './protocol.ts';

const userInfoSchema = z
  .strictObject({
    sub: idSchema('user'),
    email: z.string().optional(),
    email_verified: z.boolean().optional(),
    roles: z.array(z.string()).optional(),
  })
  .meta({ id: 'UserInfo' });

const [asGet, asPost] = (['get', 'post'] as const).map((method) =>
  createRoute({
    method,
    path: PATHS.userinfo,
    operationId: method === 'get' ? 'oauthUserInfo' : 'oauthUserInfoByPost',
    tags: OAUTH_TAG,
    summary: 'Who the user is (OIDC Core §5.3), by an access token with the scope openid',
    ...open('an access token with the scope openid is demanded, which is no permission'),
    responses: { 200: json('Claims', userInfoSchema), ...problems('unauthenticated', 'forbidden') },
  }),
);

export const userInfoEndpoint: Endpoint = (app, wired) => {
  for (const route of [asGet, asPost]) {
    if (route === undefined) continue;
    app.openapi(route, async (c) => {
      const actor = await demandedActor(c);
      return c.json(valueOrProblem(await userInfo(wired(c).ports, actor)), 200, NO_STORE);
    });
  }
};
