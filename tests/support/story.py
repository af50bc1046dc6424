"""The steps that the story of tests/gitops/test_story.py runs; the workflows may run these and no others."""

STORY_STEPS = ("setup", "check", "preview", "report", "deploy", "drift", "rotate-keys", "release")
