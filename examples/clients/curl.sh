#!/usr/bin/env bash
# Ask a question with curl: examples/clients/curl.sh "What is the distance to the moon?"
set -euo pipefail
: "${LLAMA_ENDPOINT_URI:?is the address of an endpoint}" "${LLAMA_ENDPOINT_KEY:?is one of its keys}"
question=${1:-What is the distance to the moon?}

# The key goes in by a file descriptor: other users can read command lines.
curl --silent --show-error --fail-with-body \
  --config <(printf 'header = "Authorization: Bearer %s"\n' "$LLAMA_ENDPOINT_KEY") \
  --json "$(printf '%s' "$question" | python3 -c 'import json, sys
print(json.dumps({"messages": [{"role": "user", "content": sys.stdin.read()}], "max_tokens": 128}))')" \
  "$LLAMA_ENDPOINT_URI/v1/chat/completions" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["choices"][0]["message"]["content"])'
