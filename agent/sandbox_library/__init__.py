"""Python that is read as text and run inside the sandbox, where it supplies what the interpreter lacks.

Nothing here runs on the host, so nothing here widens the wall. A file with `EXPORTS` is a module of the standard
library in small: the sandbox gets an object with those names as attributes. The others define names, each used where
`agent/sandbox_rewrite.py` or a model's code mentions it. The interpreter has no generators, no inheritance, no built-in
methods as values and no `yield`, so the code here does without them too.
"""
