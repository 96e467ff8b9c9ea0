import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { buildManifest, configSha256, type ManifestFacts, type NotebookRun } from './manifest';
import { probeHardware, probeVersions } from './origin';

const config = buildConfig('smoke');

function run(name: string, status: 'passed' | 'failed' = 'passed'): NotebookRun {
  return {
    name,
    status,
    minutes: 1.5,
    finished: '2026-01-01T00:00:00.000Z',
    commit: null,
    config,
    configSha256: configSha256(config),
    tables: [],
    figures: [],
    trainings: [],
    data: [{ name: 'digits', sha256: 'aa', description: 'd' }],
  };
}

function facts(runs: NotebookRun[]): ManifestFacts {
  return {
    kit: { version: '0.1.0', commit: 'c', modified: false },
    versions: null,
    hardware: { cpu: 'c', cores: 2, memoryGiB: 8, gpu: null },
    config,
    runs,
  };
}

test('the hash of a config depends on its values, not on the order of its keys', () => {
  const turned = Object.fromEntries(Object.entries(config).reverse()) as unknown as typeof config;
  assert.equal(configSha256(turned), configSha256(config));
  assert.notEqual(configSha256(buildConfig('smoke', { seed: 1 })), configSha256(config));
  assert.match(configSha256(config), /^[0-9a-f]{64}$/);
});

test('runs of other notebooks are kept, a run of the same one is replaced', () => {
  const first = buildManifest(facts([run('00-a'), run('06-b')]));
  const second = buildManifest({ ...facts([run('06-b', 'failed')]), previous: first });
  assert.deepEqual(
    second.notebooks.map(({ name, status }) => [name, status]),
    [
      ['00-a', 'passed'],
      ['06-b', 'failed'],
    ],
  );
  assert.equal(second.minutes, 3);
  assert.equal(second.data.length, 1);
  assert.equal(second.preset, 'smoke');
});

test('versions of an earlier run are kept when a failed run left none', () => {
  const versions = { node: '20', tensorflow: '2.21.0', tfjs: '4.22.0', tslab: '1', danfojs: '1' };
  const first = buildManifest({ ...facts([run('00-a')]), versions });
  assert.deepEqual(buildManifest({ ...facts([run('00-a')]), previous: first }).versions, versions);
});

test('the machine and the versions are found', () => {
  const hardware = probeHardware();
  assert.ok(hardware.cores >= 1 && hardware.memoryGiB > 0 && hardware.cpu !== '');
  const versions = probeVersions();
  assert.equal(versions.node, process.versions.node);
  assert.match(versions.tensorflow, /^2\.\d+/);
  assert.equal(versions.tfjs, '4.22.0');
  const { compute, ...numbers } = versions;
  for (const version of Object.values(numbers)) assert.match(version, /^\d+\.\d+/);
  assert.equal(compute?.oneDnn, !/^(0|false)$/i.test(process.env.TF_ENABLE_ONEDNN_OPTS ?? ''));
  assert.notEqual(compute?.instructions, 'unknown');
});
