import * as z from 'zod/mini';

/** A JSON Schema, as far as the document is concerned with it. */
export type JsonSchema = Record<string, unknown>;

type Direction = 'input' | 'output';

/** The named schemas of a document, and how others refer to them. */
export interface Schemas {
  components: Record<string, JsonSchema>;
  /** The schema of what is sent to us (`input`) or what we send (`output`). */
  write(schema: z.ZodMiniType, io: Direction): JsonSchema;
}

/**
 * Collects schemas: those with an `id` in their metadata become components, once.
 *
 * `write` throws where an id stands for two schemas.
 */
export function collectSchemas(): Schemas {
  const components: Record<string, JsonSchema> = {};
  const written = {
    input: new Map<z.ZodMiniType, JsonSchema>(),
    output: new Map<z.ZodMiniType, JsonSchema>(),
  };

  function addComponents(definitions: Record<string, JsonSchema>): void {
    for (const [id, definition] of Object.entries(definitions)) {
      const known = components[id];
      if (known && JSON.stringify(known) !== JSON.stringify(definition)) {
        throw new Error(`Two schemas have the id ${id}`);
      }
      components[id] = definition;
    }
  }

  return {
    components,
    write(schema, io) {
      const known = written[io].get(schema);
      if (known) return known;
      const { definitions, root } = toJsonSchema(schema, io);
      addComponents(definitions);
      written[io].set(schema, root);
      return root;
    },
  };
}

/** JSON Schema 2020-12, which is OpenAPI 3.1's, with references to the document's components. */
function toJsonSchema(schema: z.ZodMiniType, io: Direction) {
  // Inside of another, a schema with an id is a reference.
  const written = z.toJSONSchema(z.object({ root: schema }), { io, unrepresentable: 'any' });
  const text = JSON.stringify(written).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/');
  const { $defs = {}, properties } = JSON.parse(text) as {
    $defs?: Record<string, JsonSchema>;
    properties: { root: JsonSchema };
  };
  return { definitions: $defs, root: properties.root };
}
