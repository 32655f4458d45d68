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
      {fieldsOf(schema).map(([name, property]) =>
        rowOf(property) ? (
          <Rows
            key={name}
            path={`${path}${name}`}
            schema={property}
            value={Array.isArray(value[name]) ? value[name] : []}
            onChange={(next) => set(name, next.length > 0 ? next : undefined)}
          />
        ) : property.properties ? (
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

/** What begins with `$` is for editors. */
function fieldsOf({ properties = {} }: JsonSchema): [string, JsonSchema][] {
  return Object.entries(properties).filter(([name]) => !name.startsWith('$'));
}

/** What a row of a list of records is made of; undefined of any other property. */
function rowOf({ type, items }: JsonSchema): JsonSchema | undefined {
  return type === 'array' ? [items, ...(items?.anyOf ?? [])].find((one) => one?.properties) : undefined;
}

interface RowsProps {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly value: readonly unknown[];
  readonly onChange: (value: readonly unknown[]) => void;
}

/** A record a row, or (where the schema allows a text in its place) a text. */
function Rows({ path, schema, value, onChange }: RowsProps) {
  const name = path.split('.').at(-1);
  const replace = (index: number, next: unknown) => onChange(value.with(index, next));
  return (
    <fieldset class="field rows" data-rows={path}>
      <legend>{name}</legend>
      <span class="quiet">{schema.description}</span>
      {value.map((row, index) => (
        <div key={index} class="form nested">
          {isObject(row) ? (
            <Fields
              path={`${path}[${index}].`}
              schema={rowOf(schema) as JsonSchema}
              value={row as Request}
              onChange={(next) => replace(index, next)}
            />
          ) : (
            <input
              aria-label={`${name} ${index + 1}`}
              value={String(row)}
              onInput={({ currentTarget }) => replace(index, currentTarget.value)}
            />
          )}
          <span>
            <button
              type="button"
              aria-label={`Remove ${name} ${index + 1}`}
              onClick={() => onChange(value.toSpliced(index, 1))}
            >
              Remove
            </button>
          </span>
        </div>
      ))}
      <span>
        <button type="button" aria-label={`Add to ${name}`} onClick={() => onChange([...value, {}])}>
          Add
        </button>
      </span>
    </fieldset>
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
  if (isMap(schema)) {
    const lines = Object.entries(isObject(value) ? value : {}).map(([key, text]) => `${key}=${text}`);
    return (
      <textarea
        {...named}
        rows={2}
        value={lines.join('\n')}
        placeholder="key=value, one a line"
        onChange={({ currentTarget: { value: text } }) => onChange(pairsOf(text))}
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

/** Any names, each with a text. */
function isMap({ type, properties, additionalProperties }: JsonSchema): boolean {
  return type === 'object' && !properties && isObject(additionalProperties);
}

function pairsOf(text: string): Request {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [key = '', ...rest] = line.split('=');
      return [key.trim(), rest.join('=').trim()];
    }),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
