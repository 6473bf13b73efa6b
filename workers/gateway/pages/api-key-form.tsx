import { PERMISSIONS, type Permission } from '#shared/auth/permissions.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { errorAt, type Refusal } from '../api.ts';
import { Field, Notice, Option } from './parts.tsx';

/** Before the name of a scope in a form. */
const SCOPE = 'scope.';
const LIVES = [
  { days: '90', label: 'in 90 days' },
  { days: '365', label: 'in a year' },
  { days: '', label: 'never' },
];

/** The key that the form asks for. */
export function keyIn(form: Record<string, string>) {
  const days = Number(form['days'] ?? '');
  return {
    name: form['name'] ?? '',
    scopes: Object.keys(form).flatMap((name) => (name.startsWith(SCOPE) ? [name.slice(SCOPE.length)] : [])),
    expiresAt: days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : null,
  };
}

/** What a key is to be. `scopes`: what it may be given, to be ticked. */
export const KeyFields = (props: {
  scopes: readonly Permission[];
  form: Record<string, string>;
  refusal: Refusal | null;
}) => (
  <>
    <Field
      name="name"
      label="What it is for"
      value={props.form['name'] ?? ''}
      error={errorAt(props.refusal, '/name')}
      maxlength={80}
      required
    />
    <fieldset>
      <legend>It may</legend>
      {errorAt(props.refusal, '/scopes') !== undefined && <p class="error">Tick at least one.</p>}
      {props.scopes.map((scope) => (
        <p>
          <label>
            <input type="checkbox" name={SCOPE + scope} checked={SCOPE + scope in props.form} />{' '}
            {PERMISSIONS[scope]} <code>{scope}</code>
          </label>
        </p>
      ))}
    </fieldset>
    <Field name="days" label="It ends">
      {LIVES.map(({ days, label }) => (
        <Option value={days} label={label} chosen={props.form['days'] ?? '90'} />
      ))}
    </Field>
  </>
);

/** A key, this once. `where`: the page that revokes it. */
export const ShownKey = ({ name, secret, where }: { name: string; secret: string; where: string }) => (
  <div class="narrow">
    <h1>{name}</h1>
    <Notice kind="good">This is your key. Copy it now: it is not shown again.</Notice>
    <p>
      <code>{secret}</code>
    </p>
    <p>
      Send it as <code>Authorization: Bearer</code>. You can revoke it <a href={where}>where it is listed</a>.
    </p>
  </div>
);
