"""What the county sends down, and what it does in a township: receipts, bulletins, decisions, rulings."""
