"""The window. Talks to the rooms below it, never to SQL; the only room that imports PySide6."""
