// In the worker this stands in for what zod writes JSON Schemas with: nothing but the build writes them. CommonJS,
// since zod looks up the rest of it by name, once a schema is written.

function refuse() {
  throw new Error('JSON Schemas are written by the build, not by the worker.');
}

exports.toJSONSchema = refuse;
exports.createToJSONSchemaMethod = () => refuse;
exports.createStandardJSONSchemaMethod = () => refuse;
