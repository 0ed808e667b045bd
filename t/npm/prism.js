// Stands between a client and simulated vendors, and holds what both say
// against the vendors' own descriptions (../specs), with the validator of Prism.
// What breaks them is refused, as `prism proxy --errors` does it; unlike that
// program it hands bytes on as they are.
//
//	node prism.js UPSTREAM LOG	prints its port; ends with its input
//
// LOG gets a line of JSON an exchange: method, path, status, operation (null:
// not described), violations.
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');
const { getHttpOperationsFromSpec } = require('@stoplight/prism-http');
const route = require('@stoplight/prism-http/dist/router').default;
const { validateInput, validateOutput, validateSecurity } =
    require('@stoplight/prism-http/dist/validator');

const [upstream, log] = process.argv.slice(2);

// Where a vendor's addresses begin; the first that fits.
const vendors = [
	[ '/openai/v1', 'openai' ],
	[ '/stability/v1/generation', 'stability-v1', '/generation' ],
	[ '/stability/v1/engines', 'stability-v1', '/engines' ],
	[ '/stability', 'stability-v2beta' ],
	[ '/google/v1beta', 'gemini-veo' ],
	[ '/runway', 'runway' ],
	[ '/replicate/v1', 'replicate' ],
	[ '/automatic1111', 'automatic1111' ],
	[ '/comfyui', 'comfyui' ],
].map(([ prefix, spec, below ]) => ({ prefix, spec, below: below ?? '' }));

// The type of a form that was taken apart.
const UNFOLDED = 'application/form+json';

const isJson = (type) => /^application\/([\w.-]+\+)?json/i.test(type ?? '');
const parse = (text) => {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
};

// "a[0][b]" of a form, which descriptions can't say: as JSON.
function unfold(text, boundary) {
	const whole = {};
	for (const part of text.split(`--${boundary}`).slice(1, -1)) {
		const name = /; name="([^"]*)"/.exec(part)[1];
		const value = part.slice(part.indexOf('\r\n\r\n') + 4, -2);
		const keys = name.split(/[[\]]+/).filter((key) => key !== '');
		let place = whole;
		keys.forEach((key, i) => {
			place[key] ??= i + 1 < keys.length
			    ? /^\d/.test(keys[i + 1]) ? [] : {}
			    : /^-?[\d.]+$/.test(value) ? Number(value) : value;
			place = place[key];
		});
	}
	return whole;
}

// What Prism knows a request by.
function element(rq, body, rest) {
	const url = new URL(rest, 'http://vendor');
	const headers = { ...rq.headers };
	const [ , boundary ] = /boundary=(\S+)/.exec(headers['content-type']) ??
	    [];
	let value = body.length === 0 ? null
	    : isJson(headers['content-type']) ? parse(String(body))
	    : String(body);
	if (boundary && /; name="\w+\[\d/.test(value)) {
		value = unfold(value, boundary);
		headers['content-type'] = UNFOLDED;
	}
	return {
		method: rq.method.toLowerCase(),
		url: { path: url.pathname,
		    query: Object.fromEntries(url.searchParams) },
		headers,
		body: value,
	};
}

const wrongs = (result, side) => result._tag === 'Right' ? []
    : [ result.left ].flat().filter((wrong) => wrong.severity === 0 ||
	wrong.severity === 'Error' || wrong.code === 401)
	.map((wrong) => `${side} ${(wrong.path ?? []).join('.')}: ` +
	    wrong.message);

function send(rq, body) {
	return new Promise((resolve, reject) => {
		const to = new URL(upstream + rq.url);
		const out = http.request(to, { method: rq.method,
		    headers: { ...rq.headers, host: to.host } }, resolve);
		out.on('error', reject);
		out.end(body);
	});
}

async function bytes(stream) {
	const parts = [];
	for await (const part of stream)
		parts.push(part);
	return Buffer.concat(parts);
}

function note(rq, status, operation, violations) {
	fs.appendFileSync(log, JSON.stringify({ method: rq.method,
	    path: rq.url, status, operation, violations }) + '\n');
}

function refuse(rs, status, violations) {
	rs.writeHead(status, { 'content-type': 'application/problem+json' });
	rs.end(JSON.stringify({ title: 'violations', detail: violations }));
}

async function handle(rq, rs) {
	const body = await bytes(rq);
	const vendor = vendors.find(({ prefix }) => rq.url.startsWith(prefix));
	let found = null;
	let violations = [];
	if (vendor) {
		const asked = element(rq, body,
		    vendor.below + rq.url.slice(vendor.prefix.length));
		const match = route({ resources: vendor.operations,
		    input: asked });
		if (match._tag === 'Right') {
			found = match.right;
			violations = [
				...wrongs(validateSecurity({ element: asked,
				    resource: found }), 'request'),
				...wrongs(validateInput({ element: asked,
				    resource: found }), 'request'),
			];
		}
	}
	const operation = found && `${vendor.spec} ${found.method} ${found.path}`;
	if (violations.length > 0) {
		note(rq, 422, operation, violations);
		refuse(rs, 422, violations);
		return;
	}
	const reply = await send(rq, body);
	if (!found) {
		note(rq, reply.statusCode, null, []);
		rs.writeHead(reply.statusCode, reply.headers);
		reply.pipe(rs);
		return;
	}
	const said = await bytes(reply);
	violations = wrongs(validateOutput({ resource: found, element: {
		statusCode: reply.statusCode,
		headers: reply.headers,
		body: isJson(reply.headers['content-type'])
		    ? parse(String(said)) : String(said),
	} }), 'response');
	note(rq, reply.statusCode, operation, violations);
	if (violations.length > 0) {
		refuse(rs, 500, violations);
		return;
	}
	rs.writeHead(reply.statusCode, reply.headers);
	rs.end(said);
}

async function main() {
	for (const vendor of vendors) {
		vendor.operations = await getHttpOperationsFromSpec(
		    path.join(__dirname, '../specs', `${vendor.spec}.yaml`));
		// for what was unfolded
		for (const { request } of vendor.operations)
			for (const form of [ ...request?.body?.contents ?? [] ])
				if (form.mediaType === 'multipart/form-data')
					request.body.contents.push({ ...form,
					    mediaType: UNFOLDED });
	}
	const server = http.createServer((rq, rs) => {
		handle(rq, rs).catch((wrong) => {
			note(rq, 0, null, [ `broken: ${wrong.stack}` ]);
			rs.destroy();
		});
	});
	server.listen(0, '127.0.0.1', () =>
		console.log(server.address().port));
	process.stdin.on('end', () => process.exit(0)).resume();
}

main();
