"""Code for the sandbox: attempts to get out of it, and actions that it should run as Python runs them."""
