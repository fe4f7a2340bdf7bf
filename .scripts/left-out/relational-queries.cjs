// In the worker this stands in for drizzle's relational queries, `db.query`: no schema is given to drizzle, so that
// there are none. CommonJS, since what only such a query takes is looked up by name.

exports.RelationalQueryBuilder = class {};
