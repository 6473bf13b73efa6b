/**
 * Address of the provider's page for one payment: `template` with `{payment}`, `{clientSecret}` and `{returnUrl}` filled
 * in, each percent-encoded. Null when this deployment has no hosted page.
 */
export function paymentPageUrl(
  template: string,
  values: { payment: string; clientSecret: string; returnUrl: string },
): string | null {
  if (template === '') return null;
  return template.replaceAll(/\{(payment|clientSecret|returnUrl)\}/g, (_, name: keyof typeof values) =>
    encodeURIComponent(values[name]),
  );
}
