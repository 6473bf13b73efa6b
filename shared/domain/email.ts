/**
 * The one form of an address: lower case, NFC. What is indexed, shown and mailed is this form alone; if mail went to the
 * form that was typed, an address that only folds to an owner's (U+212A KELVIN SIGN to `k`) would receive the owner's
 * links. The local part's dots and tags are left alone: they differ at some hosts.
 */
export const normalisedEmail = (email: string): string => email.trim().toLowerCase().normalize('NFC');
