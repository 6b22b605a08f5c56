"""Draws a picture and saves it. Python 3.8 or later, nothing to install.

Needs EASEL_URL (http://localhost:3000) and EASEL_KEY (esl_...), made by /apikey create in a chat.
"""
import json
import os
import urllib.error
import urllib.request
import uuid

request = urllib.request.Request(
    os.environ["EASEL_URL"] + "/v1/generations",
    data=json.dumps({"prompt": "a red fox in the snow", "aspect_ratio": "16:9"}).encode(),
    headers={
        "Authorization": "Bearer " + os.environ["EASEL_KEY"],
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
        "Prefer": "wait=60",
    },
)
try:
    with urllib.request.urlopen(request) as response:
        generation = json.load(response)
except urllib.error.HTTPError as refusal:
    error = json.load(refusal)["error"]
    # With 429, refusal.headers["Retry-After"] says after how many seconds to ask again.
    raise SystemExit(error["code"] + ": " + error["message"])

with urllib.request.urlopen(generation["images"][0]["url"]) as picture, open("fox.img", "wb") as file:
    file.write(picture.read())
print("saved fox.img")
