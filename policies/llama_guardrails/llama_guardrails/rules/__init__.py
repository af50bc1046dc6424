"""The rules, one a file, in a folder for each subject. A file defines its rule as ``RULE``."""
