/** A packaged template as CloudFormation resolves it: references are names and ARNs, substitutions are filled in. */
import type { Resource } from '../packaging/packaged.ts';

export interface StackPlace {
  readonly region: string;
  readonly account: string;
  readonly partition: string;
}

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

type Describe = (
  properties: Record<string, unknown>,
  arn: (service: string, rest: string) => string,
) => Physical;

/** What `Ref` and `Fn::GetAtt` answer. */
interface Physical {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** By type: AWS's documentation of each resource's return values. */
const described: Readonly<Record<string, Describe>> = {
  'AWS::Lambda::Function': ({ FunctionName }, arn) => ({
    ref: FunctionName as string,
    attributes: { Arn: arn('lambda', `function:${FunctionName}`) },
  }),
  'AWS::StepFunctions::StateMachine': ({ StateMachineName }, arn) => ({
    ref: arn('states', `stateMachine:${StateMachineName}`),
    attributes: { Arn: arn('states', `stateMachine:${StateMachineName}`), Name: StateMachineName as string },
  }),
  'AWS::DynamoDB::Table': ({ TableName }, arn) => ({
    ref: TableName as string,
    attributes: { Arn: arn('dynamodb', `table/${TableName}`) },
  }),
  'AWS::S3::Bucket': ({ BucketName }) => ({
    ref: BucketName as string,
    attributes: { Arn: `arn:aws:s3:::${BucketName}` },
  }),
  'AWS::Logs::LogGroup': ({ LogGroupName }, arn) => ({
    ref: LogGroupName as string,
    attributes: { Arn: arn('logs', `log-group:${LogGroupName}:*`) },
  }),
};

export class Stack {
  readonly #template: Template;
  readonly #place: StackPlace;
  /** What is only known once it is made: the ARN of a secret. */
  readonly #made: Readonly<Record<string, string>>;

  constructor(template: Template, place: StackPlace, made: Readonly<Record<string, string>> = {}) {
    this.#template = template;
    this.#place = place;
    this.#made = made;
  }

  /** Logical id and resolved properties of every resource of a type. */
  ofType(type: string): { readonly id: string; readonly properties: Record<string, unknown> }[] {
    return Object.entries(this.#template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id]) => ({ id, properties: this.properties(id) }));
  }

  /** Resolved properties, each when it is looked at: a resource type nobody looks at need not be known here. */
  properties(id: string): Record<string, unknown> {
    const { Properties = {} } = this.#resource(id);
    const lazy = {};
    for (const name of Object.keys(Properties))
      Object.defineProperty(lazy, name, { enumerable: true, get: () => this.resolve(Properties[name]) });
    return lazy;
  }

  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.resolve(one));
    if (value === null || typeof value !== 'object') return value;
    const [name, argument] = Object.entries(value)[0] ?? [];
    if (name === 'Ref') return this.#ref(argument as string);
    if (name === 'Fn::GetAtt') return this.#attribute(...([argument].flat() as [string, string]));
    if (name === 'Fn::Sub') return this.#substituted(argument);
    if (name === 'Fn::Join') {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => this.resolve(part)).join(separator);
    }
    if (name?.startsWith('Fn::')) throw new Error(`${name} is not resolved here`);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.resolve(inner)]));
  }

  /** A state machine's definition. Throws where a placeholder has no substitution. */
  definition(id: string): unknown {
    const { DefinitionString, DefinitionSubstitutions = {} } = this.properties(id);
    let text = DefinitionString as string;
    for (const [name, value] of Object.entries(DefinitionSubstitutions as object))
      text = text.replaceAll(`\${${name}}`, String(value));
    const left = /\$\{\w+\}/.exec(text);
    if (left) throw new Error(`the definition of ${id} has ${left[0]}, and no substitution says what it is`);
    return JSON.parse(text);
  }

  #resource(id: string): Resource {
    const resource = this.#template.Resources[id];
    if (!resource) throw new Error(`the template has no resource ${id}`);
    return resource;
  }

  #ref(name: string): string {
    const { region, account, partition } = this.#place;
    const pseudo: Record<string, string> = {
      'AWS::Region': region,
      'AWS::AccountId': account,
      'AWS::Partition': partition,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    return pseudo[name] ?? this.#made[name] ?? this.#physical(name).ref;
  }

  #attribute(id: string, name: string): string {
    const value = this.#physical(id).attributes[name];
    if (value === undefined) throw new Error(`${id} has no attribute ${name} that is known here`);
    return value;
  }

  #physical(id: string): Physical {
    const { Type } = this.#resource(id);
    const { region, account, partition } = this.#place;
    const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
    const describe = described[Type];
    if (describe) return describe(this.properties(id), arn);
    // CloudFormation makes up a name for what has none.
    return {
      ref: `${id}-made`,
      attributes: { Arn: arn(Type.split('::')[1]?.toLowerCase() ?? '', `${id}-made`) },
    };
  }

  #substituted(argument: unknown): string {
    const [text, given] = [argument].flat() as [string, Record<string, unknown>?];
    return text.replace(/\$\{([^!}]+)\}/g, (_whole, name: string) => {
      if (given && name in given) return String(this.resolve(given[name]));
      const [id, attribute] = name.split('.') as [string, string?];
      return attribute ? this.#attribute(id, attribute) : this.#ref(name);
    });
  }
}
