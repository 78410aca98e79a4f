"""What is due: rates, rules, payment batches, back-pay."""
