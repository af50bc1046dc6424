"""Measurements: ratios within one run, so that they mean the same on a fast and on a slow machine."""
