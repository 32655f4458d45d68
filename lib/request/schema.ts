/**
 * The request as JSON Schema. Rules between fields, and those of addresses, are beyond JSON Schema: a document
 * that fits it may still be refused by the parser, never the other way round.
 */
import * as z from 'zod';
import { requestSchema } from './request.ts';

export function publishedSchema(): object {
  const { $schema, properties, ...rest } = z.toJSONSchema(requestSchema, { io: 'input' });
  return {
    $schema,
    title: 'AosCloud environment request',
    description: 'One environment on AWS: what the provision state machine takes as its input.',
    ...rest,
    properties: {
      $schema: { type: 'string', description: 'Where editors find this schema; otherwise of no meaning.' },
      ...properties,
    },
  };
}
