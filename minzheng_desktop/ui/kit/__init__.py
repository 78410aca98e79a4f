"""Parts that every page is built of. They know colours and sizes, never the domain."""
