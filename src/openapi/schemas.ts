import * as z from 'zod';

/** A JSON Schema, as far as the document is concerned with it. */
export type JsonSchema = Record<string, unknown>;

/** The named schemas of a document, and how others refer to them. */
export interface Schemas {
  components: Record<string, JsonSchema>;
  /** The schema of what is sent to us (`input`) or what we send (`output`). */
  write(schema: z.ZodType, io: 'input' | 'output'): JsonSchema;
}

/**
 * Collects schemas: those with an `id` in their metadata become components, once.
 *
 * `write` throws where an id stands for two schemas.
 */
export function collectSchemas(): Schemas {
  const components: Record<string, JsonSchema> = {};
  return {
    components,
    write(schema, io) {
      // Inside of another, a schema with an id is a reference.
      const written = z.toJSONSchema(z.object({ root: schema }), { io, unrepresentable: 'any' });
      const text = JSON.stringify(written).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/');
      const { $defs = {}, properties } = JSON.parse(text) as {
        $defs?: Record<string, JsonSchema>;
        properties: { root: JsonSchema };
      };
      for (const [id, definition] of Object.entries($defs)) {
        const known = components[id];
        if (known && JSON.stringify(known) !== JSON.stringify(definition)) {
          throw new Error(`Two schemas have the id ${id}`);
        }
        components[id] = definition;
      }
      return properties.root;
    },
  };
}
