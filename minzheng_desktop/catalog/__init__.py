"""The catalogue: forms and resources as typed, checked specifications; conditions; workflows.

Files and texts in, specifications out. Nothing here opens a database or a window.
Start at ``load.load_catalog`` and ``engine.Evaluator``.
"""
