/** The protocols `aws.protocols#awsQuery` and `#ec2Query`: a form in, XML out. */
import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { $SchemaRef } from '@smithy/types';
import type { AwsFault } from '#embedded/model.ts';
import { type Dialect, readForm } from './form.ts';
import type { WireService } from './message.ts';
import { type Protocol, type ReadCall, type WireAnswer, WireError, type WireRequest } from './message.ts';

const headers = (requestId: string) => ({
  'content-type': 'text/xml;charset=UTF-8',
  'x-amzn-requestid': requestId,
});
/** `date-time`, where a shape says nothing else. */
const timestampFormat = { useTrait: true, default: 5 as const };

export const query: Protocol = {
  read: (service, request) => readCall(service, request, 'query'),
  answer: (service, action, output, requestId) => {
    const result = members(service.operation(action)[5] as $SchemaRef, output);
    const wrapped = result === undefined ? '' : `<${action}Result>${result}</${action}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return {
      status: 200,
      headers: headers(requestId),
      body: `<${action}Response>${wrapped}${metadata}</${action}Response>`,
    };
  },
  refusal: (service, fault, requestId) => {
    const type = fault.status >= 500 ? 'Receiver' : 'Sender';
    const error = `<Error><Type>${type}</Type>${codeAndMessage(service, fault)}</Error>`;
    const body = `<ErrorResponse>${error}<RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { status: fault.status, headers: headers(requestId), body };
  },
};

export const ec2Query: Protocol = {
  read: (service, request) => readCall(service, request, 'ec2'),
  answer: (service, action, output, requestId) => {
    const result = members(service.operation(action)[5] as $SchemaRef, output) ?? '';
    const body = `<${action}Response><requestId>${requestId}</requestId>${result}</${action}Response>`;
    return { status: 200, headers: headers(requestId), body };
  },
  refusal: (service, fault, requestId): WireAnswer => {
    const error = `<Errors><Error>${codeAndMessage(service, fault)}</Error></Errors>`;
    const body = `<Response>${error}<RequestID>${requestId}</RequestID></Response>`;
    return { status: fault.status, headers: headers(requestId), body };
  },
};

function readCall(service: WireService, { method, url, body }: WireRequest, dialect: Dialect): ReadCall {
  if (method !== 'POST' || url !== '/') throw new WireError(`${service.name} is asked with ${method} ${url}`);
  const form = new URLSearchParams(body.toString('utf8'));
  const action = form.get('Action') ?? '';
  if (form.get('Version') !== service.version)
    throw new WireError(`${service.name}:${action} names the version ${form.get('Version')}`);
  return { action, input: readForm(form, service.operation(action)[4] as $SchemaRef, dialect) };
}

/** A structure's members as XML; undefined where the operation answers nothing. */
function members(schema: $SchemaRef, output: object): string | undefined {
  const shape = NormalizedSchema.of(schema);
  if (shape.isUnitSchema()) return undefined;
  const serializer = new XmlShapeSerializer({ xmlNamespace: '', serviceNamespace: '', timestampFormat });
  serializer.write(shape, output);
  // The protocols name the outermost element after the operation, the serializer after the shape.
  return (serializer.flush() as string).replace(/^<[^>]*>/, '').replace(/<\/[^<]*>$/, '');
}

function codeAndMessage(service: WireService, fault: AwsFault): string {
  const modelled = service.error(fault.name);
  const traits = modelled && NormalizedSchema.of(modelled).getMergedTraits();
  const wireError = traits?.awsQueryError as readonly [code: string, status: number] | undefined;
  const code = wireError?.[0] ?? fault.wireCode ?? fault.name;
  return `<Code>${escaped(code)}</Code><Message>${escaped(fault.message)}</Message>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
