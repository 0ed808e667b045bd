// The vendors' own clients, with the simulated vendors as their server: each
// makes what gesso makes with them.
//
//	node clients.mjs BASE PICTURE	one line of TAP a claim
import fs from 'node:fs';
import { File } from 'node:buffer';
import OpenAI, { toFile } from 'openai';
import RunwayML from '@runwayml/sdk';
import { GoogleGenAI } from '@google/genai';
import Replicate from 'replicate';

globalThis.File ??= File; // what Debian's node 18 leaves to its users

const [base, picture] = process.argv.slice(2);
const bytes = fs.readFileSync(picture);
const dataUri = `data:image/png;base64,${bytes.toString('base64')}`;
let count = 0;

function claim(true_, what, seen) {
	console.log(`${true_ ? 'ok' : 'not ok'} ${++count} - ${what}`);
	if (!true_)
		console.log('# ' + JSON.stringify(seen));
}

const isPng = (data) => data.subarray(1, 4).toString() === 'PNG';
const isFilm = (data) => data.subarray(4, 8).toString() === 'ftyp';
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function fetched(url) {
	return Buffer.from(await (await fetch(url)).arrayBuffer());
}

// refused(promise, what): the error that it ends with.
async function refused(promise, status, what) {
	try {
		await promise;
		claim(false, what);
	} catch (error) {
		claim((error.status ?? error.response?.status) === status, what,
		    String(error));
	}
}

async function openai() {
	const client = new OpenAI({ baseURL: `${base}/openai/v1`, apiKey: 'k',
	    maxRetries: 2 });
	let made = await client.images.generate({ model: 'gpt-image-2',
	    prompt: 'a kite', size: '1024x1024', n: 2 });
	claim(made.data.length === 2 &&
	    isPng(Buffer.from(made.data[0].b64_json, 'base64')),
	    'openai: pictures');
	made = await client.images.generate({ model: 'dall-e-3',
	    prompt: 'a kite', size: '1024x1024' });
	claim(isPng(await fetched(made.data[0].url)),
	    'openai: a picture by its link');
	made = await client.images.edit({ model: 'gpt-image-2',
	    prompt: 'a hat', image: [ await toFile(bytes, 'a.png',
	    { type: 'image/png' }), await toFile(bytes, 'b.png',
	    { type: 'image/png' }) ] });
	claim(isPng(Buffer.from(made.data[0].b64_json, 'base64')),
	    'openai: a picture from two others');
	made = await client.images.generate({ model: 'gpt-image-2',
	    prompt: 'a kite, limitonce', size: '1024x1024' });
	claim(made.data.length === 1, 'openai: tries again after 429');
	await refused(client.images.generate({ model: 'gpt-image-2',
	    prompt: 'a kite, refuse' }), 400, 'openai: a refusal');
	await refused(client.images.generate({ model: 'gpt-image-2',
	    prompt: 'a kite, badkey' }), 401, 'openai: a wrong key');

	let film = await client.videos.create({ model: 'sora-2',
	    prompt: 'a kite', seconds: '4', size: '1280x720',
	    input_reference: await toFile(bytes, 'a.png',
	    { type: 'image/png' }) });
	while (film.status !== 'completed' && film.status !== 'failed') {
		await pause(50);
		film = await client.videos.retrieve(film.id);
	}
	const content = await client.videos.downloadContent(film.id);
	claim(isFilm(Buffer.from(await content.arrayBuffer())),
	    'openai: a film', film);
	claim((await client.videos.delete(film.id)).deleted,
	    'openai: it is deleted');

	const models = [];
	for await (const model of client.models.list())
		models.push(model.id);
	claim(models.includes('gpt-image-2'), 'openai: models', models);

	const messages = [ { role: 'user', content: 'Say hello.' } ];
	const whole = await client.chat.completions.create({
	    model: 'gpt-5.6-terra', messages });
	claim(whole.choices[0].message.content.length > 0 &&
	    whole.usage.total_tokens > 0, 'openai: an answer', whole);
	for (const word of [ '', 'splitutf8', 'crlf', 'comments', 'nospace',
	    'nullcontent' ]) {
		let text = '', usage = null;
		const stream = await client.chat.completions.create({
		    model: 'gpt-5.6-terra', stream: true,
		    stream_options: { include_usage: true },
		    messages: [ { role: 'user', content: `Hello, ${word}` } ] });
		for await (const chunk of stream) {
			text += chunk.choices[0]?.delta?.content ?? '';
			usage ??= chunk.usage;
		}
		claim(text.length > 0 && usage.total_tokens > 0 &&
		    !text.includes('\ufffd'), `openai: a stream ${word}`, text);
	}
}

async function runway() {
	const client = new RunwayML({ baseURL: `${base}/runway`, apiKey: 'k' });
	const ended = async (made) => {
		let task = await client.tasks.retrieve(made.id);
		while (!/^(SUCCEEDED|FAILED|CANCELLED)$/.test(task.status)) {
			await pause(50);
			task = await client.tasks.retrieve(made.id);
		}
		return task;
	};
	let task = await ended(await client.textToVideo.create({
	    model: 'gen4.5', promptText: 'a kite', ratio: '1280:720',
	    duration: 2 }));
	claim(isFilm(await fetched(task.output[0])), 'runway: a film', task);
	task = await ended(await client.imageToVideo.create({
	    model: 'gen4_turbo', promptText: 'a kite', promptImage: dataUri,
	    ratio: '1280:720', duration: 2 }));
	claim(isFilm(await fetched(task.output[0])),
	    'runway: a film from a picture', task);
	task = await ended(await client.textToImage.create({
	    model: 'gen4_image', promptText: 'a kite', ratio: '1920:1080' }));
	claim(isPng(await fetched(task.output[0])), 'runway: a picture', task);
	task = await ended(await client.textToVideo.create({ model: 'gen4.5',
	    promptText: 'a kite, refuse', ratio: '1280:720', duration: 2 }));
	claim(task.status === 'FAILED' && /^SAFETY/.test(task.failureCode),
	    'runway: a refusal', task);
	const made = await client.textToVideo.create({ model: 'gen4.5',
	    promptText: 'a kite, neverends', ratio: '1280:720', duration: 2 });
	await client.tasks.delete(made.id);
	claim((await client.tasks.retrieve(made.id)).status === 'CANCELLED',
	    'runway: a task is cancelled');
	claim((await client.organization.retrieve()).creditBalance >= 0,
	    'runway: credits');
}

async function google() {
	const client = new GoogleGenAI({ apiKey: 'k',
	    httpOptions: { baseUrl: `${base}/google` } });
	for (const image of [ undefined,
	    { imageBytes: bytes.toString('base64'), mimeType: 'image/png' } ]) {
		let work = await client.models.generateVideos({
		    model: 'veo-3.1-generate-001', prompt: 'a kite', image,
		    config: { aspectRatio: '16:9', durationSeconds: 4 } });
		while (!work.done) {
			await pause(50);
			work = await client.operations.getVideosOperation({
			    operation: work });
		}
		// it takes the name out of https:// addresses only
		const path = `${picture}.mp4`;
		const { uri } = work.response.generatedVideos[0].video;
		await client.files.download({ downloadPath: path,
		    file: /files\/[a-z0-9]+/.exec(uri)[0] });
		let size = 0;
		for (let i = 0; i < 100 && size === 0; i++) {
			await pause(50);
			size = fs.existsSync(path) ? fs.statSync(path).size : 0;
		}
		await pause(300);
		claim(isFilm(fs.readFileSync(path)), 'google: a film' +
		    (image ? ' from a picture' : ''), work);
		fs.unlinkSync(path);
	}
	let work = await client.models.generateVideos({
	    model: 'veo-3.1-generate-001', prompt: 'a kite, refuse' });
	while (!work.done) {
		await pause(50);
		work = await client.operations.getVideosOperation({
		    operation: work });
	}
	claim(!work.response?.generatedVideos?.length &&
	    work.response.raiMediaFilteredCount > 0,
	    'google: a refusal', work);
	await refused(client.models.generateVideos({
	    model: 'veo-3.1-generate-001', prompt: 'a kite, limitalways' }),
	    429, 'google: too many');
}

async function replicate() {
	const client = new Replicate({ auth: 'k',
	    baseUrl: `${base}/replicate/v1`, useFileOutput: false });
	const output = await client.run('owner/sdxl',
	    { input: { prompt: 'a kite', image: dataUri },
	    wait: { mode: 'poll', interval: 50 } });
	claim(isPng(await fetched([ output ].flat()[0])),
	    'replicate: a picture', output);
	let made = await client.predictions.create({ model: 'owner/film',
	    input: { prompt: 'a kite, neverends' } });
	made = await client.predictions.cancel(made.id);
	claim(made.status === 'canceled', 'replicate: it is cancelled', made);
	await refused(client.predictions.create({ model: 'owner/film',
	    input: { prompt: 'a kite, nomoney' } }), 402,
	    'replicate: no credit');
}

for (const vendor of [ openai, runway, google, replicate ]) {
	try {
		await vendor();
	} catch (error) {
		claim(false, `${vendor.name} throws`, String(error.stack));
	}
}
console.log(`1..${count}`);
