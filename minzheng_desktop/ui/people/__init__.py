"""一人一档, 一户一档 and Ctrl+K."""
