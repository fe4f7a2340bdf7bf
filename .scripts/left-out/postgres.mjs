// In the worker this stands in for Postgres' enums, which drizzle's SQL looks out for.

export function isPgEnum() {
  return false;
}
