/** What may be secret or personal, by the name of the member that holds it. */
const SENSITIVE =
  /pass(word|phrase)?|secret|token|credential|private|authori[sz]ation|api.?key|^key$|^keys$|^codes$|e?mail|phone|address|^name$|street|line[12]|postal|answer/i;
const MASK = '•••';
const STRING_LENGTH_MAX = 500;

/** A step's inputs as an operator may see them: which were there, without what is nobody's business. Pure. */
export function redacted(value: unknown, name = ''): unknown {
  if (value === null || value === undefined) return value;
  if (Array.isArray(value))
    return SENSITIVE.test(name) ? MASK : value.slice(0, 100).map((each) => redacted(each));
  if (typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([member, inner]) => [
        member,
        SENSITIVE.test(member) ? MASK : redacted(inner, member),
      ]),
    );
  }
  if (SENSITIVE.test(name)) return MASK;
  return typeof value === 'string' ? value.slice(0, STRING_LENGTH_MAX) : value;
}

/** What steps left as an operator may see it put into other inputs: its shape, with each secret in it masked. Pure. */
export function withoutSecrets(value: unknown, isSecret = false): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, isSecret));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([member, inner]) => [
        member,
        withoutSecrets(inner, isSecret || SENSITIVE.test(member)),
      ]),
    );
  return isSecret && value !== null ? MASK : value;
}
