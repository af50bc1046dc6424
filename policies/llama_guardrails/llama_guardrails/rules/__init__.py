"""The rules.

- A file that is named after an Azure service is a table, ``RULES``, of what is asked of that service's properties.
- A file that is named after a rule is that rule, ``RULE``: one that compares, counts, or looks at the whole stack.
- A file whose name begins with an underscore is what several rules share.
"""
