/** A form from a JSON Schema: a field a property, a group a nested object. What is left empty is left out. */
import type { JsonSchema } from '../api.ts';

export type Request = Readonly<Record<string, unknown>>;

interface Props {
  readonly schema: JsonSchema;
  readonly value: Request;
  readonly onChange: (value: Request) => void;
}

export function Fields({ schema, value, onChange }: Props) {
  const set = (name: string, next: unknown) => {
    const { [name]: _, ...rest } = value;
    const isEmpty = next === undefined || next === '' || (isObject(next) && Object.keys(next).length === 0);
    onChange(isEmpty ? rest : { ...value, [name]: next });
  };
  return (
    <>
      {Object.entries(schema.properties ?? {}).map(([name, property]) =>
        property.properties ? (
          <details key={name} open={value[name] !== undefined}>
            <summary>{name}</summary>
            <div class="form nested">
              <Fields
                schema={property}
                value={(isObject(value[name]) ? value[name] : {}) as Request}
                onChange={(next) => set(name, next)}
              />
            </div>
          </details>
        ) : (
          <Field
            key={name}
            name={name}
            schema={property}
            value={value[name]}
            isRequired={schema.required?.includes(name) ?? false}
            onChange={(next) => set(name, next)}
          />
        ),
      )}
    </>
  );
}

interface FieldProps {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly isRequired: boolean;
  readonly onChange: (value: unknown) => void;
}

function Field(props: FieldProps) {
  const { name, schema, isRequired } = props;
  const input = inputOf(props);
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is whichever the schema asks for
    <label>
      <span>
        {name}
        {isRequired ? ' *' : ''}
      </span>
      {input ?? <span class="quiet">Written as JSON, beside.</span>}
      <span class="quiet">
        {schema.description}
        {schema.default === undefined || isObject(schema.default)
          ? ''
          : ` Left out: ${String(schema.default) || 'none'}.`}
      </span>
    </label>
  );
}

/** Undefined of what no single field can hold. */
function inputOf({ schema, value, isRequired, onChange }: FieldProps) {
  if (schema.enum || schema.type === 'boolean') {
    const options = schema.enum ?? ['true', 'false'];
    const read = (text: string) => (schema.enum || text === '' ? text : text === 'true');
    return (
      <select
        value={value === undefined ? '' : String(value)}
        onChange={({ currentTarget }) => onChange(read(currentTarget.value))}
      >
        <option value="">{isRequired ? 'choose' : 'left out'}</option>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    );
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    return (
      <input
        type="number"
        min={schema.minimum}
        max={schema.maximum}
        value={typeof value === 'number' ? value : ''}
        onInput={({ currentTarget: { value: text } }) => onChange(text === '' ? undefined : Number(text))}
      />
    );
  }
  if (schema.type === 'array' && schema.items?.type === 'string') {
    const lines = Array.isArray(value) ? value.join('\n') : '';
    return (
      <textarea
        rows={2}
        value={lines}
        placeholder="one a line"
        onChange={({ currentTarget: { value: text } }) => {
          const items = text.split('\n').filter((line) => line.trim() !== '');
          onChange(items.length > 0 ? items : undefined);
        }}
      />
    );
  }
  if (schema.type === 'string' || schema.anyOf?.some(({ type }) => type === 'string')) {
    return (
      <input
        value={typeof value === 'string' ? value : ''}
        maxLength={schema.maxLength}
        pattern={schema.pattern}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    );
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
