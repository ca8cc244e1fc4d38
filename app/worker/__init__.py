"""The worker: a process of its own for what takes long. `jobs` are its handlers, `python -m app.worker` runs it."""
