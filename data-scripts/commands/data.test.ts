import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { UserError } from '@mckd/lib/base';
import {
  downloadFolder,
  fsddChecksums,
  loadRecordings,
  searchRecordings,
  verifyRecording,
} from '@mckd/lib/datasets';
import { encodeWav } from '@mckd/lib/formats';
import { pack } from 'tar-stream';
import { exportDataSet, fetchDataSet, listDataSets } from './data';

interface Home {
  url: string;
  cacheDirectory: string;
  requests: () => number;
}

/** A local server instead of the public one, and an empty cache. */
async function home(t: TestContext, answer: RequestListener): Promise<Home> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const cacheDirectory = await mkdtemp(path.join(os.tmpdir(), 'mckd-fetch-'));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(cacheDirectory, { recursive: true });
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/fsdd.tar.gz`, cacheDirectory, requests: () => requests };
}

async function sentence(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => assert.fail('no error'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, String(error));
  return error.message;
}

const quiet = { say: () => undefined, firstWaitMs: 1, tries: 3 };

async function archiveOf(files: [string, Buffer][]): Promise<Buffer> {
  const archive = pack();
  for (const [name, bytes] of files) archive.entry({ name }, bytes);
  archive.finalize();
  return gzipSync(await buffer(archive));
}

/** The published recordings as an archive, or undefined if they are not available. */
async function publishedArchive(t: TestContext): Promise<Buffer | undefined> {
  const place = process.env.MCKD_DATA ? searchRecordings(process.env.MCKD_DATA).place : undefined;
  if (!place) {
    t.skip('set MCKD_DATA to the Free Spoken Digit Dataset to run this');
    return undefined;
  }
  if (place.kind === 'archive') return readFile(place.path);
  const names = [...fsddChecksums().keys()];
  return archiveOf(
    await Promise.all(
      names.map(async (name): Promise<[string, Buffer]> => [
        `fsdd/recordings/${name}`,
        await readFile(path.join(place.path, name)),
      ]),
    ),
  );
}

test('an unknown set is an error that lists the sets', async () => {
  assert.match(
    await sentence(fetchDataSet('mnist3d')),
    /no data set "mnist3d"; the sets are: av-mnist/,
  );
  assert.match(await sentence(exportDataSet('mnist3d', 'anywhere')), /no data set "mnist3d"/);
});

test('the list has the source of each set, or the reason why it is not known', () => {
  const { dataSets, lines } = listDataSets();
  for (const { id, name } of dataSets) assert.ok(lines.includes(`${id}: ${name}\n`), id);
  assert.match(lines, /brats2018: [^]*?registration +needed[^]*?sha256 +not known: handed out/);
  assert.match(lines, /fsdd: [^]*?licence +CC BY-SA 4\.0\n[^]*?download +https:\/\/codeload/);
  assert.doesNotMatch(lines, /undefined|null|known: \n/);
});

test('an unreachable host is an error that says what to do', async (t) => {
  const { cacheDirectory } = await home(t, () => undefined);
  const message = await sentence(
    fetchDataSet('av-mnist', { ...quiet, url: 'http://127.0.0.1:1/x.tar.gz', cacheDirectory }),
  );
  assert.match(message, /^http:\/\/127\.0\.0\.1:1\/x\.tar\.gz can't be fetched \(.+\); 0 of 1500/);
  assert.match(message, /set MCKD_DATA/);
});

test('a busy host is retried, an address without the archive is not', async (t) => {
  const busy = await home(t, (_, response) => response.writeHead(503).end());
  assert.match(await sentence(fetchDataSet('av-mnist', { ...quiet, ...busy })), /HTTP status 503/);
  assert.equal(busy.requests(), 3);
  const wrong = await home(t, (_, response) => response.writeHead(404).end());
  assert.match(await sentence(fetchDataSet('av-mnist', { ...quiet, ...wrong })), /HTTP status 404/);
  assert.equal(wrong.requests(), 1);
});

test('a host that stops sending is given up', async (t) => {
  const silent = await home(t, (_, response) => void response.writeHead(200).flushHeaders());
  assert.match(
    await sentence(fetchDataSet('av-mnist', { ...quiet, ...silent, stallMs: 50, tries: 1 })),
    /no data for 0\.05 s/,
  );
});

test('wrong bytes are an error that names the recording, and nothing is written', async (t) => {
  const sound = encodeWav(new Float32Array(50), 8000);
  const body = await archiveOf([['fsdd/recordings/0_jackson_0.wav', sound]]);
  const wrong = await home(t, (_, response) => response.end(body));
  assert.match(
    await sentence(fetchDataSet('av-mnist', { ...quiet, ...wrong })),
    /^0_jackson_0\.wav from http.*its sha256 is [0-9a-f]{64} and should be/,
  );
  assert.equal(wrong.requests(), 1);
  assert.deepEqual(await readdir(downloadFolder(wrong.cacheDirectory)), []);

  const page = await home(t, (_, response) => response.end('<html>please log in</html>'));
  assert.match(await sentence(fetchDataSet('av-mnist', { ...quiet, ...page })), /not a whole/);
});

test('the archive is fetched, checked, and used by the loader', async (t) => {
  const body = await publishedArchive(t);
  if (!body) return;
  const good = await home(t, (_, response) => response.end(body));
  await fetchDataSet('av-mnist', { ...quiet, ...good });
  assert.equal((await readdir(downloadFolder(good.cacheDirectory))).length, 1500);

  const before = process.env.MCKD_DATA;
  delete process.env.MCKD_DATA;
  t.after(() => (process.env.MCKD_DATA = before));
  const { recordings, provenance } = await loadRecordings(good);
  assert.deepEqual([recordings.length, provenance], [1500, 'real']);

  await fetchDataSet('av-mnist', { ...quiet, ...good });
  assert.equal(good.requests(), 1, 'complete recordings are not fetched again');
  const damaged = path.join(downloadFolder(good.cacheDirectory), '5_theo_20.wav');
  await writeFile(damaged, 'damaged');
  await fetchDataSet('av-mnist', { ...quiet, ...good });
  assert.equal(good.requests(), 2);
  verifyRecording('5_theo_20.wav', await readFile(damaged), damaged, '');
});

test('an interrupted connection keeps what was received, and the next run resumes', async (t) => {
  const body = await publishedArchive(t);
  if (!body) return;
  let whole = false;
  const breaking = await home(t, (_, response) => {
    if (whole) return void response.end(body);
    if (breaking.requests() > 1) return void response.writeHead(503).end();
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
      // Time for the output to be flushed.
      setTimeout(() => response.destroy(), 100);
    });
  });
  const folder = downloadFolder(breaking.cacheDirectory);
  const message = await sentence(fetchDataSet('av-mnist', { ...quiet, ...breaking }));
  const there = (await readdir(folder)).length;
  assert.ok(there > 100 && there < 1400, String(there));
  assert.match(message, new RegExp(`HTTP status 503.*${there} of 1500 recordings are in`));
  for (const name of await readdir(folder)) {
    verifyRecording(name, await readFile(path.join(folder, name)), name, '');
  }
  whole = true;
  const lines: string[] = [];
  await fetchDataSet('av-mnist', { ...quiet, ...breaking, say: (line) => void lines.push(line) });
  assert.match(lines[0], new RegExp(`^${there} of 1500 recordings exist`));
  assert.deepEqual((await readdir(folder)).sort(), [...fsddChecksums().keys()]);
});
