import { z } from 'zod';
import { organisationIn } from '#shared/domain/customer.ts';
import { PartnerFault } from '../adapters/partner-fault.ts';
import { type Connector, type OperationCall, ownDoor, ownUndo } from './connector.ts';
import { sendMailSchema } from './mail-input.ts';
import { order } from './remote-operations.ts';
import type { Remote } from './remote.ts';

const mailRequestSchema = sendMailSchema.extend({ to: z.string() });

export const MAIL_RESOURCE = 'mail';
/** The gate of whoever sends our mails. */
const GATE = 'mail';

/** Whoever sends our mails. The id of the operation goes along, so that a repeat is no second mail where they heed it. */
export const mailRemote: Remote = {
  async place(ports, { id }, stated) {
    const { to, subject, text } = mailRequestSchema.parse(stated);
    const mail = { to, subject, text, html: htmlOf(text), idempotencyKey: id };
    const sent = await ports.gates.pass(GATE, () =>
      ports.mailer.send(mail).catch((error: unknown) => {
        throw new PartnerFault(error instanceof Error ? error.message : 'the mail provider is away');
      }),
    );
    if (sent.state === 'refused') return { kind: 'refused', failure: REFUSED };
    return {
      kind: 'ended',
      news: { operationId: id, resourceId: null, state: 'succeeded', result: { sentTo: to } },
    };
  },
  resultOf: (_ports, _operation, news) => Promise.resolve(news.result ?? null),
  ask: () => Promise.resolve(null),
  remove: () => Promise.resolve(null),
};
const REFUSED = { code: 'mail_refused', text: 'The message could not be sent to this address.' };
const NO_ADDRESS = { code: 'address_unknown', text: 'There is no address to send it to.' };

/** Delivers by mail. What was sent cannot be taken back, so templates say why that need not be. */
export const sendMail: Connector<'mail.send'> = {
  async execute(call) {
    const to = call.input.to ?? (await addressOf(call));
    if (to === null) return { kind: 'refused', failure: NO_ADDRESS };
    return order(mailRemote, MAIL_RESOURCE, call, () => ({ ...call.input, to }));
  },
  check: (ports) => ports.gates.findings(GATE),
  explain: ({ to, subject }) => `Mails “${subject}” to ${to ?? 'its owner'}.`,
  ...ownUndo(() => Promise.resolve()),
  ...ownDoor,
};

/** Of an organisation no one person is meant: its templates say whom to write to. */
async function addressOf({ ports, instance }: OperationCall<'mail.send'>): Promise<string | null> {
  const { customerId, requestId } = instance;
  if (organisationIn(customerId) !== null) return null;
  return (await ports.auth.getContact({ requestId }, { userId: customerId }))?.email ?? null;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const htmlOf = (text: string): string =>
  text
    .replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br>')}</p>`)
    .join('\n');
