import { GraphQLError, Kind, valueFromASTUntyped } from 'graphql';
import { builder } from '../schema-builder.ts';

// The actions validate what the text says and name the field at fault; here only the kind of value is checked.
textScalar('DateTime', 'A date and time as RFC 3339, such as 2026-01-02T03:04:05.000Z');
textScalar('Email', 'An e-mail address');

builder.scalarType('JSON', {
  description: 'Any JSON value',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

builder.scalarType('Long', {
  description: 'An integer of up to 53 bits',
  serialize: safeInteger,
  parseValue: safeInteger,
  parseLiteral: (node) => safeInteger(node.kind === Kind.INT ? Number(node.value) : undefined),
});

function textScalar(name: 'DateTime' | 'Email', description: string): void {
  const text = (value: unknown): string => {
    if (typeof value === 'string') return value;
    throw new GraphQLError(`${name} must be a string`);
  };
  builder.scalarType(name, {
    description,
    serialize: text,
    parseValue: text,
    parseLiteral: (node) => text(node.kind === Kind.STRING ? node.value : undefined),
  });
}

function safeInteger(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new GraphQLError('Long must be an integer of at most 53 bits');
}
