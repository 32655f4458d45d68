/** A form from a JSON Schema: a field a property, a group a nested object. What is left empty is left out. */
import type { JsonSchema } from '../api.ts';

export type Request = Readonly<Record<string, unknown>>;

interface Props {
  readonly schema: JsonSchema;
  readonly value: Request;
  readonly onChange: (value: Request) => void;
  /** Of a group: its own name and a dot. */
  readonly path?: string;
}

export function Fields({ schema, value, onChange, path = '' }: Props) {
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
                path={`${path}${name}.`}
                schema={property}
                value={(isObject(value[name]) ? value[name] : {}) as Request}
                onChange={(next) => set(name, next)}
              />
            </div>
          </details>
        ) : (
          <Field
            key={name}
            path={`${path}${name}`}
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
  /** Such as `eks.version`. */
  readonly path: string;
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly isRequired: boolean;
  readonly onChange: (value: unknown) => void;
}

function Field(props: FieldProps) {
  const { path, schema, isRequired } = props;
  const name = path.split('.').at(-1);
  const isLeftOut = schema.default !== undefined && !isObject(schema.default);
  const left = isLeftOut ? ` Left out: ${String(schema.default) || 'none'}.` : '';
  const input = inputOf(props, { id: path, 'aria-describedby': `${path}-about` });
  return (
    <div class="field">
      {input ? (
        <label for={path}>
          {name}
          {isRequired ? ' *' : ''}
        </label>
      ) : (
        <b>{name}</b>
      )}
      {input ?? <span class="quiet">Written as JSON, beside.</span>}
      <span class="quiet" id={`${path}-about`}>
        {schema.description}
        {left}
      </span>
    </div>
  );
}

interface Named {
  readonly id: string;
  readonly 'aria-describedby': string;
}

/** Undefined of what no single field can hold. */
function inputOf({ schema, value, isRequired, onChange }: FieldProps, named: Named) {
  if (schema.enum || schema.type === 'boolean') {
    const options = schema.enum ?? ['true', 'false'];
    const read = (text: string) => (schema.enum || text === '' ? text : text === 'true');
    return (
      <select
        {...named}
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
        {...named}
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
        {...named}
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
        {...named}
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
