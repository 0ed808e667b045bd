// What a page does with the WebSocket of a site, for every WebSocket that is
// made to the browsers' pattern: run by Chromium and, by node, with those of ws
// and of node itself.  What happened is the result, for t/5303 to judge.
'use strict';

async function listen(WebSocket, site) {
	const { base, ws, token } = site;
	const seen = {};

	const call = async (method, path, body) => {
		const reply = await fetch(base + path, { method,
			headers: { Authorization: `Bearer ${token}`,
				'Content-Type': 'application/json' },
			body: body && JSON.stringify(body) });
		return (await reply.json()).data;
	};

	// A WebSocket whose messages and end can be waited for.
	const open = (query, protocols) => {
		const socket = new WebSocket(`${ws}?${query}`, protocols);
		const messages = [];
		let wake = () => {};
		const me = { socket, messages, error: false };
		me.closed = new Promise((done) => {
			socket.onclose = (event) => {
				me.code = event.code;
				wake();
				done([event.code, event.wasClean]);
			};
		});
		socket.onerror = () => { me.error = true; };
		socket.onmessage = (event) => {
			messages.push(JSON.parse(event.data));
			wake();
		};
		// messages up to the first for which it is true
		me.until = async (claim) => {
			const late = Date.now() + 20000;
			while (!messages.some(claim)) {
				if (me.code || Date.now() > late)
					throw new Error('it does not come: ' +
						JSON.stringify([me.code, messages]));
				await new Promise((done) => {
					wake = done;
					setTimeout(done, 500);
				});
			}
			return messages;
		};
		return me;
	};
	const is = (type) => (message) => message.type === type;

	const first = open(`token=${token}`);
	const hello = (await first.until(is('hello')))[0];
	const task = await call('POST', '/generate/text-to-image',
		{ prompt: 'a kite', numImages: 2 });
	const told = (await first.until(is('task_complete'))).slice(1);
	seen.types = told.map((message) => message.type);
	seen.sameTask = told.every((message) => message.taskId === task.taskId);
	seen.grows = told.every((message, i) =>
		message.eventId > (i ? told[i - 1].eventId : hello.eventId));
	seen.status = await call('GET', `/generate/task/${task.taskId}`);
	seen.result = told.at(-1).result;
	seen.works = told.at(-1).works.length;
	first.socket.close(1000, 'enough');
	seen.own = await first.closed;

	const ticket = (await call('POST', '/auth/ws-ticket')).ticket;
	const second = open(`ticket=${ticket}&since=${hello.eventId}`);
	await second.until(is('task_complete'));
	seen.again = JSON.stringify(second.messages.slice(1)) ===
		JSON.stringify(told);
	const used = open(`ticket=${ticket}`);
	seen.used = [...await used.closed, used.error];
	seen.bad = await open('token=x').closed;
	seen.protocol = await open(`token=${token}`, ['mqtt']).closed;

	second.socket.send('hello');
	second.socket.send(new Uint8Array(100));
	const chatty = open(`token=${token}`);
	await chatty.until(is('hello'));
	chatty.socket.send('x'.repeat(5000));
	seen.chatty = await chatty.closed;
	seen.still = second.socket.readyState === WebSocket.OPEN;

	await call('POST', '/auth/logout');
	seen.logout = await second.closed;
	return seen;
}

if (typeof module !== 'undefined' && require.main === module) {
	const [name, site] = process.argv.slice(2);
	listen(name === 'ws' ? require('ws') : globalThis.WebSocket,
		JSON.parse(site)).then((seen) => {
		console.log(JSON.stringify(seen));
		process.exit(0);
	}, (error) => {
		console.error(error);
		process.exit(1);
	});
}
