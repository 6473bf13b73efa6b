import { SECOND_MS } from '#shared/time/time.ts';
import type { Asserted } from '../asserted.ts';
import { CLOCK_SKEW_SECONDS, FRESH_SECONDS } from '../limits.ts';
import { ProviderFault } from '../safe-fetch.ts';
import { publicKeyOf } from './certificates.ts';
import { signedBytes } from './signature.ts';
import {
  allWithin,
  attribute,
  childOf,
  childrenOf,
  elementsIn,
  isNamed,
  parseXml,
  textOf,
  type XmlElement,
} from './xml.ts';

/** What a response must be an answer to, and whose. */
export interface Expected {
  /** `entityID` of the provider. */
  issuer: string;
  certificates: readonly string[];
  /** Ours: assertion consumer service and `entityID`. */
  recipient: string;
  audience: string;
  /** Id of our request. */
  requestId: string;
  /** Attribute that tells the address; null: the NameID does. */
  emailAttribute: string | null;
  /** The person was to sign in there anew. */
  fresh: boolean;
  /** Epoch milliseconds. */
  now: number;
}

/** What a response says, and for how long nothing else may come with the same id. */
export interface SamlAssertion {
  asserted: Asserted;
  id: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const SKEW_MS = CLOCK_SKEW_SECONDS * SECOND_MS;
const SUBJECT_CHARACTERS_MAX = 1_024;
const ID_ATTRIBUTES = new Set(['ID', 'Id', 'id']);
const CONDITIONS = ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'];

/**
 * Reads a SAML 2.0 response by a strict profile of our own on top of the standard (core, bindings §3.5, profiles §4.1):
 * plain XML, one assertion, signatures that cover what they stand in, and nothing read but signed bytes. Throws a
 * `ProviderFault` with the reason on everything else.
 */
export function readResponse(document: string, expected: Expected): SamlAssertion {
  const root = parseXml(document);
  demand(isNamed(root, 'protocol', 'Response'), 'root', 'the document is no response');
  const all = allWithin(root);
  checkIds(all);
  const assertion = onlyAssertion(root, all);
  const keys = expected.certificates.map(publicKeyOf);
  const ofResponse = signatureOf(root);
  const ofAssertion = signatureOf(assertion);
  const placed = all.filter(({ localName }) => localName === 'Signature').length;
  const found = [ofResponse, ofAssertion].filter((each) => each !== null);
  demand(placed === found.length, 'signature_place', 'a signature stands where none belongs');
  demand(found.length > 0, 'unsigned', 'nothing of the response is signed');

  const responseBytes = ofResponse === null ? null : signedBytes(document, ofResponse, keys);
  const assertionBytes = ofAssertion === null ? null : signedBytes(document, ofAssertion, keys);
  const response = responseBytes === null ? root : reread(responseBytes, root, 'protocol', 'Response');
  const signed =
    assertionBytes === null
      ? onlyAssertion(response, allWithin(response))
      : reread(assertionBytes, assertion, 'assertion', 'Assertion');
  checkResponse(response, expected, responseBytes !== null);
  return readAssertion(signed, expected);
}

function demand(holds: boolean, reason: string, detail: string): asserts holds {
  if (!holds) throw new ProviderFault(reason, detail);
}

/** Two elements of one id are how one is signed and the other read. */
function checkIds(all: readonly XmlElement[]): void {
  const ids = all.flatMap((element) =>
    Array.from(element.attributes)
      .filter(({ localName, name }) => ID_ATTRIBUTES.has(localName) || ID_ATTRIBUTES.has(name))
      .map(({ value }) => value),
  );
  demand(new Set(ids).size === ids.length, 'id_repeated', 'two elements have the same id');
}

function onlyAssertion(root: XmlElement, all: readonly XmlElement[]): XmlElement {
  const named = all.filter(({ localName }) => localName.endsWith('Assertion'));
  demand(
    !named.some(({ localName }) => localName === 'EncryptedAssertion'),
    'encrypted',
    'the assertion is encrypted',
  );
  const [assertion] = named;
  const isOne = named.length === 1 && assertion !== undefined && isNamed(assertion, 'assertion', 'Assertion');
  demand(isOne && elementsIn(root).includes(assertion), 'assertions', 'there is not exactly one assertion');
  return assertion;
}

/** The signature of an element stands right after its issuer (core §3.2.2, §2.3.3). */
function signatureOf(element: XmlElement): XmlElement | null {
  const signature = childOf(element, 'signature', 'Signature');
  if (signature === null) return null;
  const at = elementsIn(element).indexOf(signature);
  const before = elementsIn(element)[0];
  const isPlaced = at === 1 && before !== undefined && isNamed(before, 'assertion', 'Issuer');
  demand(isPlaced, 'signature_place', 'a signature stands where none belongs');
  return signature;
}

/** The signed bytes as a document of their own: what else was sent is not there any more. */
function reread(
  bytes: string,
  from: XmlElement,
  namespace: 'protocol' | 'assertion',
  name: string,
): XmlElement {
  const root = parseXml(bytes);
  const isSame = isNamed(root, namespace, name) && attribute(root, 'ID') === attribute(from, 'ID');
  demand(isSame, 'signed_other', 'the signature covers something else');
  return root;
}

function checkResponse(response: XmlElement, expected: Expected, isSigned: boolean): void {
  demand(attribute(response, 'Version') === '2.0', 'version', 'the response is not of SAML 2.0');
  const issuer = childOf(response, 'assertion', 'Issuer');
  demand(
    issuer === null || textOf(issuer) === expected.issuer,
    'issuer',
    'the response is of another provider',
  );
  const status = childOf(response, 'protocol', 'Status');
  const code = status === null ? null : childOf(status, 'protocol', 'StatusCode');
  const value = code === null ? null : attribute(code, 'Value');
  demand(value === SUCCESS, 'status', `the provider answered ${value ?? 'no status'}`);
  const destination = attribute(response, 'Destination');
  const isHere = destination === null ? !isSigned : destination === expected.recipient;
  demand(isHere, 'destination', 'the response was meant for another address');
  demand(
    attribute(response, 'InResponseTo') === expected.requestId,
    'in_response_to',
    'the response is no answer to this request',
  );
}

function readAssertion(assertion: XmlElement, expected: Expected): SamlAssertion {
  demand(attribute(assertion, 'Version') === '2.0', 'version', 'the assertion is not of SAML 2.0');
  const id = attribute(assertion, 'ID') ?? '';
  demand(id !== '', 'id', 'the assertion has no id');
  const issuer = childOf(assertion, 'assertion', 'Issuer');
  demand(
    issuer !== null && textOf(issuer) === expected.issuer,
    'issuer',
    'the assertion is of another provider',
  );
  const subject = childOf(assertion, 'assertion', 'Subject');
  demand(subject !== null, 'subject', 'the assertion is about nobody');
  const until = Math.min(checkConfirmation(subject, expected), checkConditions(assertion, expected));
  const nameId = nameIdOf(subject, expected);
  const { classes, authTime } = authenticationOf(assertion, expected);
  const email = expected.emailAttribute === null ? nameId : attributeOf(assertion, expected.emailAttribute);
  return {
    asserted: { issuer: expected.issuer, subject: nameId, email, emailVerified: false, classes, authTime },
    id,
    expiresAt: until + SKEW_MS,
  };
}

/** Who may show this assertion to whom, until when (profiles §4.1.4.2). Its end, in epoch milliseconds. */
function checkConfirmation(subject: XmlElement, { recipient, requestId, now }: Expected): number {
  const [confirmation, second] = childrenOf(subject, 'assertion', 'SubjectConfirmation');
  const isBearer = confirmation !== undefined && attribute(confirmation, 'Method') === BEARER;
  demand(isBearer && second === undefined, 'confirmation', 'the assertion is not for whoever brings it');
  const data = childOf(confirmation, 'assertion', 'SubjectConfirmationData');
  demand(data !== null, 'confirmation', 'the assertion does not say whom it is for');
  demand(attribute(data, 'Recipient') === recipient, 'recipient', 'the assertion is for another address');
  demand(
    attribute(data, 'InResponseTo') === requestId,
    'in_response_to',
    'the assertion is no answer to this request',
  );
  demand(attribute(data, 'NotBefore') === null, 'confirmation', 'a confirmation must not begin later');
  const until = timeOf(data, 'NotOnOrAfter');
  demand(until !== null && now < until + SKEW_MS, 'expired', 'the assertion has expired');
  return until;
}

/** When and for whom it counts (core §2.5). Its end, in epoch milliseconds. */
function checkConditions(assertion: XmlElement, { audience, now }: Expected): number {
  const conditions = childOf(assertion, 'assertion', 'Conditions');
  demand(conditions !== null, 'conditions', 'the assertion has no conditions');
  const isKnown = elementsIn(conditions).every((each) =>
    CONDITIONS.some((name) => isNamed(each, 'assertion', name)),
  );
  demand(isKnown, 'conditions', 'the assertion has a condition nobody knows');
  const from = timeOf(conditions, 'NotBefore');
  demand(from === null || from <= now + SKEW_MS, 'not_yet', 'the assertion does not count yet');
  const until = timeOf(conditions, 'NotOnOrAfter');
  demand(until !== null && now < until + SKEW_MS, 'expired', 'the assertion has expired');
  const restrictions = childrenOf(conditions, 'assertion', 'AudienceRestriction');
  const isForUs = restrictions.every((restriction) =>
    childrenOf(restriction, 'assertion', 'Audience').some((each) => textOf(each) === audience),
  );
  demand(restrictions.length > 0 && isForUs, 'audience', 'the assertion is for another audience');
  return until;
}

function nameIdOf(subject: XmlElement, { issuer, audience }: Expected): string {
  const nameId = childOf(subject, 'assertion', 'NameID');
  demand(nameId !== null, 'name_id', 'the assertion names nobody');
  demand(attribute(nameId, 'Format') !== TRANSIENT, 'name_id', 'the name is another one each time');
  const qualifiers = [attribute(nameId, 'NameQualifier'), attribute(nameId, 'SPNameQualifier')];
  const isOurs = qualifiers.every((each, at) => each === null || each === [issuer, audience][at]);
  demand(isOurs, 'name_id', 'the name is one of somebody else');
  const name = textOf(nameId);
  demand(name !== '' && name.length <= SUBJECT_CHARACTERS_MAX, 'name_id', 'the assertion names nobody');
  return name;
}

function authenticationOf(
  assertion: XmlElement,
  { fresh, now }: Expected,
): Pick<Asserted, 'classes' | 'authTime'> {
  const statements = childrenOf(assertion, 'assertion', 'AuthnStatement');
  demand(statements.length === 1, 'authentication', 'the assertion does not tell of one sign-in');
  const [statement] = statements as [XmlElement];
  const authTime = timeOf(statement, 'AuthnInstant');
  demand(
    authTime !== null && authTime <= now + SKEW_MS,
    'authentication',
    'the time of the sign-in is wrong',
  );
  const ends = timeOf(statement, 'SessionNotOnOrAfter');
  demand(ends === null || now < ends + SKEW_MS, 'expired', 'the session at the provider has ended');
  const isFresh = now - authTime <= FRESH_SECONDS * SECOND_MS + SKEW_MS;
  demand(!fresh || isFresh, 'stale', 'the sign-in was to be a new one');
  const context = childOf(statement, 'assertion', 'AuthnContext');
  const classRef = context === null ? null : childOf(context, 'assertion', 'AuthnContextClassRef');
  return { classes: classRef === null ? [] : [textOf(classRef)], authTime };
}

/** One value, by one attribute of this name; null when there is none. */
function attributeOf(assertion: XmlElement, name: string): string | null {
  const found = childrenOf(assertion, 'assertion', 'AttributeStatement')
    .flatMap((statement) => childrenOf(statement, 'assertion', 'Attribute'))
    .filter((each) => attribute(each, 'Name') === name);
  const values = found.flatMap((each) => childrenOf(each, 'assertion', 'AttributeValue'));
  demand(values.length <= 1, 'attribute', `${name} has several values`);
  return values[0] === undefined ? null : textOf(values[0]);
}

/** Epoch milliseconds of a time in UTC (core §1.3.3); null where there is none. */
function timeOf(element: XmlElement, name: string): number | null {
  const text = attribute(element, name);
  if (text === null) return null;
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  demand(!Number.isNaN(time), 'time', `${name} is no time`);
  return time;
}
