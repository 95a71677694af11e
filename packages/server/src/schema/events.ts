import { type TSchema, Type } from 'typebox';

export interface EventsOptions {
  readonly description: string;
  /** Sent last. */
  readonly end?: string;
}

/**
 * Server-sent events, for the API document: one of them, as OpenAPI 3.2 describes it; 3.1 has no way of its own.
 * @param data the JSON in each
 */
export function eventsSchema(data: TSchema, { description, end }: EventsOptions) {
  const json = Type.String({ contentMediaType: 'application/json', contentSchema: data });
  return Type.Object({ data: end === undefined ? json : Type.Union([Type.Literal(end), json]) }, { description });
}

/** The response of an endpoint that answers with JSON, or with events if the request says `stream`; for the API document. */
export function jsonOrEvents(json: TSchema, chunk: TSchema, options: EventsOptions = chunksThenDone) {
  return {
    description: 'The answer, at once or as it is made.',
    content: {
      'application/json': { schema: json },
      'text/event-stream': {
        schema: eventsSchema(chunk, options),
      },
    },
  };
}

const chunksThenDone: EventsOptions = {
  description: 'With `stream`: pieces of the answer, or at last {error}; then [DONE].',
  end: '[DONE]',
};
