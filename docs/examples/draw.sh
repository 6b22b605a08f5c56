#!/bin/sh
# Draws a picture and saves it. Needs EASEL_URL (http://localhost:3000) and EASEL_KEY (esl_…), made by /apikey create in a chat.
set -eu
generation=$(curl --silent --show-error --fail-with-body "$EASEL_URL/v1/generations" \
  --header "Authorization: Bearer $EASEL_KEY" \
  --header "Content-Type: application/json" \
  --header "Idempotency-Key: fox-$(date +%s)-$$" \
  --header "Prefer: wait=60" \
  --data '{"prompt": "a red fox in the snow", "aspect_ratio": "16:9", "style": "watercolor"}')
url=$(printf '%s' "$generation" | sed -n 's/.*"url":"\([^"]*\)".*/\1/p')
curl --silent --show-error --fail --output fox.img "$url"
echo "saved fox.img"
