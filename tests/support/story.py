"""The steps of the pipelines; the workflows may run these and no others."""

STORY_STEPS = ("setup", "check", "preview", "report", "deploy", "drift", "rotate-keys", "release", "check-gates")
