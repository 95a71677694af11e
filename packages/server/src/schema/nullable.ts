import { type Static, type TSchema, type TUnsafe, Type } from 'typebox';

/** A field that may also be null, which means that it was left out. */
export function nullable<T extends TSchema>(schema: T): TUnsafe<Static<T> | null> {
  const {
    type,
    enum: values,
    const: value,
    anyOf,
  } = schema as { type?: string; enum?: unknown[]; const?: unknown; anyOf?: TSchema[] };
  if (anyOf !== undefined) return Type.Unsafe({ ...schema, anyOf: [...anyOf, { type: 'null' }] });
  if (value !== undefined) return Type.Unsafe({ ...schema, const: undefined, type: undefined, enum: [value, null] });
  return Type.Unsafe({
    ...schema,
    type: [type, 'null'],
    ...(values === undefined ? {} : { enum: [...values, null] }),
  });
}

/** One of several texts, as JSON Schema's `enum`, so that an error lists them. */
export function oneOf<const T extends readonly string[]>(
  values: T,
  options: { description?: string; default?: T[number] } = {},
) {
  return Type.Unsafe<T[number]>({ ...options, type: 'string', enum: [...values] });
}

/** A switch of OpenAI's that cannot be turned on here; the description says why. */
export function onlyFalse(description: string) {
  return Type.Optional(
    Type.Unsafe<boolean | null>({
      type: ['boolean', 'null'],
      enum: [false, null],
      description: `Only false: ${description}`,
    }),
  );
}

/** A field of OpenAI's that this server does not have: only null will do, and the description says why. */
export function refused(reason: string) {
  return Type.Optional(Type.Unsafe<null>({ type: 'null', description: reason }));
}

/** A field of OpenAI's that changes nothing here, and is taken so that clients that send it work. */
export function noEffect<T extends TSchema>(schema: T) {
  return Type.Optional(nullable({ ...schema, description: 'Accepted; changes nothing here.' } as T));
}
