// A client of the assistant that we did not write: fetch and the parser of
// eventsource-parser, as pages use them.  Prints a JSON line for each event,
// with the milliseconds since the request.
//
//	node events.mjs URL TOKEN BODY
import { EventSourceParserStream } from 'eventsource-parser/stream';

const [url, token, body] = process.argv.slice(2);
const began = Date.now();
const reply = await fetch(url, {
	method: 'POST',
	headers: {
		Authorization: `Bearer ${token}`,
		'Content-Type': 'application/json',
	},
	body,
});
if (!reply.ok) {
	console.error(reply.status, await reply.text());
	process.exit(1);
}
const events = reply.body
	.pipeThrough(new TextDecoderStream())
	.pipeThrough(new EventSourceParserStream());
for await (const event of events) {
	console.log(JSON.stringify({
		...JSON.parse(event.data),
		name: event.event ?? null,
		ms: Date.now() - began,
	}));
}
