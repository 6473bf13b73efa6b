import { htmlPattern, type CustomField } from '../customisation.ts';
import { Field, Option } from './parts.tsx';

/** One field of a product's customisation, with what was sent before and its message. */
export const CustomInput = (props: {
  field: CustomField;
  sent: Record<string, string>;
  error?: string | undefined;
}) => {
  const { field, sent, error } = props;
  const label = field.required || field.type === 'boolean' ? field.label : `${field.label} (optional)`;
  const text = sent[field.inputName] ?? (field.default === undefined ? '' : String(field.default));
  const common = { name: field.inputName, label, error, hint: field.description, required: field.required };
  if (field.enum !== undefined) {
    return (
      <Field {...common}>
        {(!field.required || field.default === undefined) && <Option value="" label="–" chosen={text} />}
        {field.enum.map((value) => (
          <Option value={String(value)} label={String(value)} chosen={text} />
        ))}
      </Field>
    );
  }
  switch (field.type) {
    case 'boolean': {
      const checked = Object.keys(sent).length > 0 ? field.inputName in sent : field.default === true;
      return (
        <div class="field">
          <label class="choice">
            <input type="checkbox" name={field.inputName} value="true" checked={checked} /> {label}
          </label>
          {field.description !== undefined && <div class="soft">{field.description}</div>}
          {error !== undefined && <p class="error">{error}</p>}
        </div>
      );
    }
    case 'integer':
    case 'number':
      return (
        <Field
          {...common}
          type="number"
          value={text}
          min={field.minimum}
          max={field.maximum}
          step={field.multipleOf ?? (field.type === 'integer' ? 1 : 'any')}
        />
      );
    case 'string':
      return (
        <Field
          {...common}
          type="text"
          value={text}
          minlength={field.minLength}
          maxlength={field.maxLength}
          pattern={field.pattern === undefined ? undefined : htmlPattern(field.pattern)}
        />
      );
  }
};
