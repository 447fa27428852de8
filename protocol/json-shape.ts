/**
 * Shapes of JSON answers, written as JSON Schema (draft 2020-12, the few keywords below): fastify and the OpenAPI page use them directly,
 * and clients of a relay check its answers by them. Not zod, which is too large: these checks are part of the page's first view.
 */
import { MeshError } from './errors.ts';

interface Schema {
  readonly type: string | readonly string[];
  readonly description?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
}

declare const letsThrough: unique symbol;
/** A schema, and the type of what it lets through. */
export type Shape<T> = Schema & { readonly [letsThrough]?: T };
export type TypeOf<S> = S extends { readonly [letsThrough]?: infer T } ? Exclude<T, undefined> : never;

export const text: Shape<string> = { type: 'string' };
export const number: Shape<number> = { type: 'number' };
export const count: Shape<number> = { type: 'integer', minimum: 0 };
export const flag: Shape<boolean> = { type: 'boolean' };
export const pattern = /* @__NO_SIDE_EFFECTS__ */ <T extends string>(regex: string): Shape<T> => ({ type: 'string', pattern: regex });
export const oneOf = /* @__NO_SIDE_EFFECTS__ */ <const T extends readonly string[]>(values: T): Shape<T[number]> => ({
  type: 'string',
  enum: [...values],
});
export const orNull = /* @__NO_SIDE_EFFECTS__ */ <T>(shape: Shape<T>): Shape<T | null> =>
  ({ ...shape, type: [shape.type, 'null'].flat() }) as Shape<T | null>;
export const list = /* @__NO_SIDE_EFFECTS__ */ <T>(items: Shape<T>): Shape<readonly T[]> => ({ type: 'array', items });
/** Every property is there; a server sends no other. */
export const closed = /* @__NO_SIDE_EFFECTS__ */ <P extends Readonly<Record<string, Shape<unknown>>>>(
  properties: P,
): Shape<{ readonly [K in keyof P]: TypeOf<P[K]> }> => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

/**
 * The value, if it has the shape. Unknown properties are accepted: a newer relay may send more.
 * @param field what it is called in an error
 * @throws MeshError frame-malformed naming the first part that does not fit
 */
export function checked<T>(shape: Shape<T>, value: unknown, field: string): T {
  check(shape, value, field);
  return value as T;
}

function check(schema: Schema, value: unknown, field: string): void {
  const refuse = (expected: string): never => {
    throw new MeshError('frame-malformed', { field, expected, got: JSON.stringify(value)?.slice(0, 80) ?? 'nothing' });
  };
  const types = [schema.type].flat();
  if (!types.some((name) => isOf(name, value))) refuse(types.join(' or '));
  if (schema.enum?.includes(value) === false) refuse(schema.enum.join(' or '));
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) refuse(schema.pattern);
  if (typeof value === 'number' && value < (schema.minimum ?? -Infinity)) refuse(`at least ${schema.minimum}`);
  if (Array.isArray(value)) for (const [i, item] of value.entries()) check(schema.items ?? { type: 'null' }, item, `${field}.${i}`);
  if (!isOf('object', value)) return;
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const there = (value as Readonly<Record<string, unknown>>)[name];
    if (there !== undefined || schema.required?.includes(name)) check(inner, there, `${field}.${name}`);
  }
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
