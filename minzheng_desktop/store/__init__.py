"""The encrypted database: vault, schema, unit of work, search, audit, backup."""
