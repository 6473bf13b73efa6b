import { Webhook } from 'standardwebhooks';

/** Checks call-backs signed as Standard Webhooks say (https://www.standardwebhooks.com). */
export interface CallbackVerifier {
  /** Whether the raw body was signed with our secret within the last five minutes. */
  isGenuine(body: string, headers: Record<string, string>): boolean;
}

export function callbackVerifier(secret: string): CallbackVerifier {
  const webhook = new Webhook(secret);
  return {
    isGenuine(body, headers) {
      try {
        webhook.verify(body, headers, { jsonParse: false });
        return true;
      } catch {
        return false;
      }
    },
  };
}
