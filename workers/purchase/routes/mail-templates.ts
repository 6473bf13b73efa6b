import { createRoute, z } from '@hono/zod-openapi';
import { defaultWording, MAIL_KINDS } from '#objects/order/mails.ts';
import {
  languageSchema,
  mailKindSchema,
  mailPreviewSchema,
  mailTemplateListSchema,
  mailTemplateSchema,
  type MailWording,
  mailWordingSchema,
} from '#shared/contracts/http/mail-templates.ts';
import { LANGUAGES } from '#shared/domain/locale.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { previewMail } from '../usecases/preview-mail.ts';

const tags = ['Mails'];
const path = '/v1/mail-templates';
const params = z.object({ kind: mailKindSchema, language: languageSchema });
const WRITE = [
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
] as const;
const body = { required: true, content: { 'application/json': { schema: mailWordingSchema } } };
const OURS: MailWording = { subject: null, lead: null };

const list = createRoute({
  method: 'get',
  path,
  operationId: 'listMailTemplates',
  tags,
  summary: 'What is said in every kind of mail and language: our words and the merchant’s own',
  ...authorised('mails.read'),
  responses: {
    200: json('All of them', mailTemplateListSchema),
    ...problems('unauthenticated', 'forbidden'),
  },
});
const write = createRoute({
  method: 'put',
  path: `${path}/{kind}/{language}`,
  operationId: 'setMailTemplate',
  tags,
  summary: 'Say it in one’s own words',
  description:
    '`{number}`, `{total}`, `{byGiftCard}`, `{amount}`, `{due}` and `{reason}` are filled in: `{total}` is what the order costs, whoever pays it, `{byGiftCard}` what gift cards pay of it, and `{amount}` what goes back, or what the payment asks for where gift cards pay a part. Plain text: nothing in it becomes markup.',
  ...authorised('mails.write'),
  request: { params, body },
  responses: { 200: json('The template', mailTemplateSchema), ...problems(...WRITE) },
});
const remove = createRoute({
  method: 'delete',
  path: `${path}/{kind}/{language}`,
  operationId: 'resetMailTemplate',
  tags,
  summary: 'Back to our words; safe to repeat',
  ...authorised('mails.write'),
  request: { params },
  responses: {
    204: { description: 'Our words are used' },
    ...problems('unauthenticated', 'forbidden', 'validation-failed'),
  },
});
const preview = createRoute({
  method: 'post',
  path: `${path}/{kind}/{language}/preview`,
  operationId: 'previewMail',
  tags,
  summary: 'The mail of a made-up order in these words; nothing is sent or kept',
  ...authorised('mails.read'),
  request: { params, body },
  responses: { 200: json('The mail', mailPreviewSchema), ...problems(...WRITE) },
});

export function mailTemplateRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const own = await ports(c.env).mailTemplates.list();
    const items = MAIL_KINDS.flatMap((kind) =>
      LANGUAGES.map((language) => {
        const row = own.find((each) => each.kind === kind && each.language === language);
        const { subject, lead } = row ?? OURS;
        return { kind, language, own: { subject, lead }, ours: defaultWording(kind, language) };
      }),
    );
    return c.json({ items }, 200);
  });
  app.openapi(write, async (c) => {
    const { kind, language } = c.req.valid('param');
    const own = c.req.valid('json');
    await ports(c.env).mailTemplates.save(kind, language, own, systemClock.now());
    return c.json({ kind, language, own, ours: defaultWording(kind, language) }, 200);
  });
  app.openapi(remove, async (c) => {
    const { kind, language } = c.req.valid('param');
    await ports(c.env).mailTemplates.remove(kind, language);
    return c.body(null, 204);
  });
  app.openapi(preview, (c) => {
    const { subject, lead } = c.req.valid('json');
    const wording = {
      ...(subject === null ? {} : { subject }),
      ...(lead === null ? {} : { lead }),
    };
    const publicOrigin = c.env.PUBLIC_ORIGIN;
    return c.json(previewMail({ ...c.req.valid('param'), wording, publicOrigin }, systemClock.now()), 200);
  });
}
