import type { Mail } from '#shared/mail/mail.ts';
import type { Settings } from './storage.ts';

const CAUSE = {
  gone: 'The receiver answered 410: it does not want events any more.',
  failing: 'Nothing got through to the receiver for three days.',
  by_operator: 'An operator disabled it.',
} as const;

/** Tells operators that an endpoint was disabled by itself. Plain words only: nothing of the receiver's is repeated but its host. */
export function disabledNotice(settings: Settings, to: string, idempotencyKey: string): Mail {
  const { host } = new URL(settings.url);
  const lines = [
    `The webhook endpoint ${settings.id} at ${host} was disabled.`,
    CAUSE[settings.disabledReason ?? 'by_operator'],
    'What was still to be sent stands in its delivery log as failed. Once the receiver works again, enable the endpoint and send the failed deliveries again.',
  ];
  return {
    to,
    subject: `Webhook endpoint disabled: ${host}`,
    text: `${lines.join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${lines.map((line) => `<p>${line}</p>`).join('')}</body></html>`,
    idempotencyKey,
  };
}
