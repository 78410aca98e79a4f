"""The checks C01–C17, the same in the township and across the county."""
