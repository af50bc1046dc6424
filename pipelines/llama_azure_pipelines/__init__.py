"""From pull request to production: one step per module, the same whichever system calls it."""
