// Speaks with eSpeak NG in a process of its own: it is GPL-3, the kit is not, and they share data only.
// Called by synthetic-speech.ts: node espeak-process.mjs <path of espeak-ng.js> <path of espeak-ng.wasm>
// stdin: a JSON array of argument lists; stdout: for each, the length (4 bytes, little endian) and the wav.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const [script, wasm] = process.argv.slice(2);
const { default: ESpeakNg } = await import(pathToFileURL(script).href);
// Compiled once: each utterance needs a fresh instance, and compiling would be most of its time.
const program = await WebAssembly.compile(await readFile(wasm));

const input = [];
for await (const part of process.stdin) input.push(part);

for (const spoken of JSON.parse(Buffer.concat(input).toString('utf8'))) {
  const espeak = await ESpeakNg({
    arguments: ['-w', 'speech.wav', ...spoken],
    print() {},
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(program, imports).then((instance) => done(instance, program));
      return {};
    },
  });
  const wav = Buffer.from(espeak.FS.readFile('speech.wav'));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(wav.length);
  await new Promise((written) => process.stdout.write(Buffer.concat([length, wav]), written));
}
