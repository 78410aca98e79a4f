"""成批录入: many new records of one form in a grid."""
