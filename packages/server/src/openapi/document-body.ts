import type { ResolvedSettings } from '../options/server-settings.js';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Property>>;
}

interface Property {
  readonly patternProperties?: Readonly<Record<string, object>>;
}

/** The schema of a body as the API document has it: what is checked, and what of it a schema for checking does not say. */
export function documentBody(schema: object, limits: ResolvedSettings['limits']): object {
  const { properties = {}, ...rest } = schema as ObjectSchema;
  const documented = Object.entries(properties).map(([name, property]) => [
    name,
    documentProperty(name, property, limits),
  ]);
  return { ...rest, properties: Object.fromEntries(documented) };
}

function documentProperty(name: string, property: Property, { completionTokens }: ResolvedSettings['limits']): object {
  if (property.patternProperties !== undefined) return withNamedValues(property);
  return completionTokens !== undefined && lengths.has(name) ? { ...property, maximum: completionTokens } : property;
}

const lengths: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens']);

/** `patternProperties` as two keywords that the document's maker keeps. */
function withNamedValues({ patternProperties = {}, ...property }: Property): object {
  const [[pattern, value] = ['', {}]] = Object.entries(patternProperties);
  return { ...property, propertyNames: { pattern }, additionalProperties: value };
}
