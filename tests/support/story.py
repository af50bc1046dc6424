"""The steps of the pipelines; the workflows may run these and no others."""

CLOUD_STEPS = ("preview", "report", "deploy", "drift", "rotate-keys", "check-gates")
"""Those that ask a cloud or a forge: `tests/gitops/test_story.py` runs each."""

CHECKOUT_STEPS = ("setup", "check", "release")
"""Those that need a checkout alone: `tests/gitops/test_checkout_steps.py` runs each."""

STORY_STEPS = (*CLOUD_STEPS, *CHECKOUT_STEPS)
