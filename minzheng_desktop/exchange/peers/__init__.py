"""Other laptops of the same township: reading their packages, and the first copy for a new one."""
