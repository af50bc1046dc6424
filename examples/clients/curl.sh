#!/usr/bin/env bash
# Ask a question with curl: examples/clients/curl.sh "What is the distance to the moon?"
set -euo pipefail
: "${LLAMA_BASE_URL:?is the baseUrl of an endpoint}" "${LLAMA_DEPLOYMENT:?is its deployment}"
: "${LLAMA_ENDPOINT_KEY:?is one of its keys}"
question=${1:-What is the distance to the moon?}

# The key goes in by a file descriptor: other users can read command lines.
curl --silent --show-error --fail-with-body \
  --config <(printf 'header = "Authorization: Bearer %s"\n' "$LLAMA_ENDPOINT_KEY") \
  --json "$(printf '%s' "$question" | python3 -c 'import json, os, sys
messages = [{"role": "user", "content": sys.stdin.read()}]
print(json.dumps({"model": os.environ["LLAMA_DEPLOYMENT"], "messages": messages, "max_tokens": 128}))')" \
  "${LLAMA_BASE_URL%/}/chat/completions" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["choices"][0]["message"]["content"])'
