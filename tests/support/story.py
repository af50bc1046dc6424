"""The steps of the pipelines; the workflows may run these and no others."""

STORY_STEPS = ("setup", "check", "preview", "report", "deploy", "drift", "rotate-keys", "release")
STEPS_OF_ROLLOUT = frozenset({"deploy", "rotate-keys"})
"""Those that test_rollout runs; test_story runs the others."""
