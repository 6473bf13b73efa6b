import type { Language } from './locale.ts';

/**
 * What a customer can do about a payment that failed. Nothing here says more than he may know: a card reported stolen, or
 * one our provider takes for fraud, reads like any other refusal (https://docs.stripe.com/declines/codes).
 */
export const PAYMENT_ADVICE = {
  another_method: {
    en: 'The payment was declined. Please use another payment method or ask your bank.',
    de: 'Die Zahlung wurde abgelehnt. Bitte wählen Sie eine andere Zahlungsart oder fragen Sie Ihre Bank.',
    fr: 'Le paiement a été refusé. Veuillez choisir un autre moyen de paiement ou contacter votre banque.',
  },
  ask_bank: {
    en: 'Your bank declined the payment. Please ask your bank, or use another payment method.',
    de: 'Ihre Bank hat die Zahlung abgelehnt. Bitte fragen Sie Ihre Bank oder wählen Sie eine andere Zahlungsart.',
    fr: 'Votre banque a refusé le paiement. Veuillez la contacter ou choisir un autre moyen de paiement.',
  },
  authenticate: {
    en: 'Your bank wants you to confirm the payment. Please try again and confirm it when asked.',
    de: 'Ihre Bank verlangt eine Bestätigung. Bitte versuchen Sie es noch einmal und bestätigen Sie die Zahlung.',
    fr: 'Votre banque demande une confirmation. Veuillez réessayer et confirmer le paiement.',
  },
  authentication_failed: {
    en: 'The payment could not be confirmed with your bank. Please try again, or use another payment method.',
    de: 'Die Zahlung konnte nicht bestätigt werden. Bitte versuchen Sie es noch einmal oder wählen Sie eine andere Zahlungsart.',
    fr: 'Le paiement n’a pas pu être confirmé auprès de votre banque. Veuillez réessayer ou choisir un autre moyen de paiement.',
  },
  insufficient_funds: {
    en: 'There is not enough money in the account. Please use another payment method, or try again later.',
    de: 'Das Konto ist nicht ausreichend gedeckt. Bitte wählen Sie eine andere Zahlungsart oder versuchen Sie es später noch einmal.',
    fr: 'Le solde du compte est insuffisant. Veuillez choisir un autre moyen de paiement ou réessayer plus tard.',
  },
  limit_exceeded: {
    en: 'The payment exceeds a limit of your card or account. Please use another payment method, or ask your bank.',
    de: 'Die Zahlung übersteigt ein Limit Ihrer Karte oder Ihres Kontos. Bitte wählen Sie eine andere Zahlungsart oder fragen Sie Ihre Bank.',
    fr: 'Le paiement dépasse un plafond de votre carte ou compte. Veuillez choisir un autre moyen de paiement ou contacter votre banque.',
  },
  expired: {
    en: 'The card has expired. Please use another one.',
    de: 'Die Karte ist abgelaufen. Bitte verwenden Sie eine andere.',
    fr: 'La carte a expiré. Veuillez en utiliser une autre.',
  },
  check_number: {
    en: 'The number is not right. Please check it and try again.',
    de: 'Die Nummer stimmt nicht. Bitte prüfen Sie sie und versuchen Sie es noch einmal.',
    fr: 'Le numéro est incorrect. Veuillez le vérifier et réessayer.',
  },
  check_security_code: {
    en: 'The security code is not right. Please check it and try again.',
    de: 'Die Prüfnummer stimmt nicht. Bitte prüfen Sie sie und versuchen Sie es noch einmal.',
    fr: 'Le code de sécurité est incorrect. Veuillez le vérifier et réessayer.',
  },
  check_expiry: {
    en: 'The expiry date is not right. Please check it and try again.',
    de: 'Das Ablaufdatum stimmt nicht. Bitte prüfen Sie es und versuchen Sie es noch einmal.',
    fr: 'La date d’expiration est incorrecte. Veuillez la vérifier et réessayer.',
  },
  check_address: {
    en: 'The billing address is not the one your bank knows. Please check it and try again.',
    de: 'Die Rechnungsadresse stimmt nicht mit der bei Ihrer Bank überein. Bitte prüfen Sie sie und versuchen Sie es noch einmal.',
    fr: 'L’adresse de facturation n’est pas celle que connaît votre banque. Veuillez la vérifier et réessayer.',
  },
  currency: {
    en: 'This payment method cannot pay in this currency. Please use another one.',
    de: 'Diese Zahlungsart unterstützt die Währung nicht. Bitte wählen Sie eine andere.',
    fr: 'Ce moyen de paiement n’accepte pas cette devise. Veuillez en choisir un autre.',
  },
  amount: {
    en: 'This amount cannot be paid like this. Please use another payment method.',
    de: 'Dieser Betrag kann so nicht bezahlt werden. Bitte wählen Sie eine andere Zahlungsart.',
    fr: 'Ce montant ne peut pas être payé ainsi. Veuillez choisir un autre moyen de paiement.',
  },
  bank_account: {
    en: 'The bank account cannot be debited. Please check its details, or use another payment method.',
    de: 'Das Bankkonto kann nicht belastet werden. Bitte prüfen Sie die Angaben oder wählen Sie eine andere Zahlungsart.',
    fr: 'Le compte bancaire ne peut pas être débité. Veuillez vérifier ses coordonnées ou choisir un autre moyen de paiement.',
  },
  already_paid: {
    en: 'The same payment was made a moment ago. Please check your account before you try again.',
    de: 'Dieselbe Zahlung wurde eben erst ausgeführt. Bitte prüfen Sie Ihr Konto, bevor Sie es noch einmal versuchen.',
    fr: 'Le même paiement vient d’être effectué. Veuillez vérifier votre compte avant de réessayer.',
  },
  try_again: {
    en: 'The payment could not be processed just now. Please try again in a few minutes, or use another payment method.',
    de: 'Die Zahlung konnte gerade nicht verarbeitet werden. Bitte versuchen Sie es in einigen Minuten noch einmal oder wählen Sie eine andere Zahlungsart.',
    fr: 'Le paiement n’a pas pu être traité pour l’instant. Veuillez réessayer dans quelques minutes ou choisir un autre moyen de paiement.',
  },
  test_card: {
    en: 'This card works in tests alone. Please use a real one.',
    de: 'Diese Karte ist nur für Tests. Bitte verwenden Sie eine echte.',
    fr: 'Cette carte ne sert qu’aux tests. Veuillez en utiliser une vraie.',
  },
} as const satisfies Record<string, Record<Language, string>>;
export type PaymentAdvice = keyof typeof PAYMENT_ADVICE;
export const PAYMENT_ADVICES = Object.keys(PAYMENT_ADVICE) as [PaymentAdvice, ...PaymentAdvice[]];

/** Decline codes of cards and of other methods. A code that is not here: `another_method`. */
export const DECLINE_ADVICE = {
  authentication_required: 'authenticate',
  approve_with_id: 'ask_bank',
  call_issuer: 'ask_bank',
  card_not_supported: 'ask_bank',
  card_velocity_exceeded: 'limit_exceeded',
  currency_not_supported: 'currency',
  do_not_honor: 'ask_bank',
  do_not_try_again: 'ask_bank',
  duplicate_transaction: 'already_paid',
  expired_card: 'expired',
  fraudulent: 'another_method',
  generic_decline: 'another_method',
  highest_risk_level: 'another_method',
  incorrect_address: 'check_address',
  incorrect_cvc: 'check_security_code',
  incorrect_number: 'check_number',
  incorrect_pin: 'another_method',
  incorrect_zip: 'check_address',
  insufficient_funds: 'insufficient_funds',
  invalid_account: 'ask_bank',
  invalid_amount: 'amount',
  invalid_authorization: 'try_again',
  invalid_billing_agreement: 'another_method',
  invalid_cvc: 'check_security_code',
  invalid_expiry_month: 'check_expiry',
  invalid_expiry_year: 'check_expiry',
  invalid_number: 'check_number',
  invalid_pin: 'another_method',
  issuer_not_available: 'try_again',
  lost_card: 'another_method',
  merchant_blacklist: 'another_method',
  mobile_device_authentication_required: 'authenticate',
  new_account_information_available: 'ask_bank',
  no_action_taken: 'ask_bank',
  not_permitted: 'ask_bank',
  offline_pin_required: 'another_method',
  online_or_offline_pin_required: 'another_method',
  partner_generic_decline: 'another_method',
  partner_high_risk: 'another_method',
  pickup_card: 'another_method',
  pin_try_exceeded: 'another_method',
  processing_error: 'try_again',
  reenter_transaction: 'try_again',
  restricted_card: 'another_method',
  revocation_of_all_authorizations: 'ask_bank',
  revocation_of_authorization: 'ask_bank',
  security_violation: 'ask_bank',
  service_not_allowed: 'ask_bank',
  stolen_card: 'another_method',
  stop_payment_order: 'ask_bank',
  testmode_decline: 'test_card',
  transaction_not_allowed: 'ask_bank',
  try_again_later: 'try_again',
  withdrawal_count_limit_exceeded: 'limit_exceeded',
} as const satisfies Record<string, PaymentAdvice>;

const byCode = new Map<string, PaymentAdvice>(Object.entries(DECLINE_ADVICE));

/** What to advise for a decline code; null for a code nobody has published. */
export const declineAdvice = (declineCode: string | null): PaymentAdvice | null =>
  declineCode === null ? null : (byCode.get(declineCode) ?? null);

export const adviceText = (advice: PaymentAdvice, language: Language = 'en'): string =>
  PAYMENT_ADVICE[advice][language];
