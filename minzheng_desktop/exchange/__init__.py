"""Everything that enters or leaves by file: rosters, packages, receipts."""
