// Holds replies against openapi.json: one JSON line in ({method, path, status,
// type, body}), one line out: "ok", or what is wrong.
'use strict';

const fs = require('fs');
const readline = require('readline');
const Ajv = require('ajv/dist/2020');
const formats = require('ajv-formats');

const api = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
formats(ajv);
ajv.addSchema(api, 'api');

const paths = Object.keys(api.paths).map((path) => ({
	path,
	// fixed segments win over values
	values: (path.match(/\{/g) || []).length,
	regexp: new RegExp('^' + path.replace(/[.]/g, '\\.')
	    .replace(/\{\w+\}/g, '[^/]+') + '$'),
})).sort((a, b) => a.values - b.values);

function pointer(...parts) {
	return 'api#/' + parts.map((part) => encodeURIComponent(
	    part.replace(/~/g, '~0').replace(/\//g, '~1'))).join('/');
}

function judge(reply) {
	const found = paths.find((p) => p.regexp.test(reply.path));
	if (!found)
		return reply.status === 404 ? 'ok' : 'the path is not described';
	const method = reply.method.toLowerCase();
	const operation = api.paths[found.path][method];
	if (!operation)
		return reply.status === 405 ? 'ok' : 'the method is not described';
	const status = String(reply.status);
	if (!operation.responses[status])
		return `status ${reply.status} is not described`;
	const content = operation.responses[status].content;
	const type = reply.type.replace(/;.*/, '');
	if (!content || !content[type])
		return `content type ${type} is not described`;
	if (!content[type].schema)
		return 'ok';
	const validate = ajv.getSchema(pointer('paths', found.path, method,
	    'responses', status, 'content', type, 'schema'));
	if (validate(reply.body))
		return 'ok';
	return validate.errors.map((e) => `${e.instancePath} ${e.message}` +
	    (e.params.additionalProperty ? `: ${e.params.additionalProperty}`
		: '')).join('; ');
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
	let answer;
	try {
		answer = judge(JSON.parse(line));
	} catch (error) {
		answer = String(error);
	}
	process.stdout.write(answer.replace(/\n/g, ' ') + '\n');
});
