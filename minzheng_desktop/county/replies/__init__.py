"""What the county says to its townships: decisions, rulings, answers, its catalogue; receipts and bulletins."""
