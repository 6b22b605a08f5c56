// Draws a picture, follows it by server-sent events, saves it. Node 20 or later.
// Needs EASEL_URL (http://localhost:3000) and EASEL_KEY (esl_…), made by /apikey create in a chat.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { env } from 'node:process';

const { EASEL_URL, EASEL_KEY } = env;
const headers = { authorization: `Bearer ${EASEL_KEY}`, 'content-type': 'application/json' };

const response = await fetch(`${EASEL_URL}/v1/generations`, {
  method: 'POST',
  // Sent again after a broken connection, the same key makes no second picture.
  headers: { ...headers, 'idempotency-key': randomUUID() },
  body: JSON.stringify({ prompt: 'a red fox in the snow', aspect_ratio: '16:9' }),
});
const accepted = await response.json();
if (!response.ok) throw new Error(`${accepted.error.code}: ${accepted.error.message}`);

let generation = accepted;
const events = await fetch(`${EASEL_URL}/v1/generations/${accepted.id}/events`, { headers });
let unread = '';
for await (const chunk of events.body.pipeThrough(new TextDecoderStream())) {
  const blocks = (unread + chunk).split('\n\n');
  unread = blocks.pop();
  for (const block of blocks) {
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (data) generation = JSON.parse(data);
  }
  console.log(generation.status, generation.progress ?? '');
}
if (generation.status !== 'succeeded') throw new Error(generation.error?.message ?? generation.status);

const picture = await fetch(generation.images[0].url);
await writeFile('fox.img', new Uint8Array(await picture.arrayBuffer()));
console.log('saved fox.img');
