// Import and export jobs of the hub against Azurite. One job runs at a time, as on the service.
import test from 'node:test';
import assert from 'node:assert/strict';
import {
  BlobServiceClient,
  ContainerSASPermissions,
  StorageSharedKeyCredential,
  generateBlobSASQueryParameters,
} from '@azure/storage-blob';
import { newDevice, newId, newModule, registry, rejects, required, soon } from './hub.mjs';

// The account and key that Azurite documents for everybody.
const credential = new StorageSharedKeyCredential(
  'devstoreaccount1',
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
);
const blobs = new BlobServiceClient(required('CONFORMANCE_BLOB_URL'), credential);

// newContainer makes a container and a URI of it with the permissions in a SAS.
async function newContainer(permissions = 'racwdl') {
  const container = blobs.getContainerClient(newId('jobs'));
  await container.create();
  const sas = generateBlobSASQueryParameters(
    {
      containerName: container.containerName,
      permissions: ContainerSASPermissions.parse(permissions),
      expiresOn: new Date(Date.now() + 3_600_000),
    },
    credential,
  );
  return { container, uri: `${container.url}?${sas}` };
}

const upload = (container, name, text) => container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
const download = async (container, name) => (await container.getBlobClient(name).downloadToBuffer()).toString();
const parseLines = (text) => text.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));

async function names(container) {
  const all = [];
  for await (const blob of container.listBlobsFlat()) all.push(blob.name);
  return all.sort();
}

// The SDK hands out jobs as they are, not as a responseBody.
async function completed(job) {
  assert.equal(job.status, 'enqueued');
  return soon(async () => {
    const now = await registry.getJob(job.jobId);
    assert.equal(now.status, 'completed', now.failureReason);
    assert.equal(now.progress, 100);
    assert.equal(now.failureReason, null);
    return now;
  });
}

// importLines runs an import job and returns what is in its error log.
async function importLines(...lines) {
  const { container, uri } = await newContainer();
  await upload(container, 'devices.txt', lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)) + '\n').join(''));
  const job = await registry.importDevicesFromBlob(uri, uri);
  await completed(job);
  const made = await names(container);
  return made.includes('importErrors.log') ? parseLines(await download(container, 'importErrors.log')) : [];
}

test('an export writes devices with their twins, and modules as lines of their own', async (t) => {
  const made = await newDevice(t);
  await newModule(made.deviceId, 'm');
  await registry.updateTwin(made.deviceId, { tags: { site: 'x' }, properties: { desired: { interval: 5 } } }, '*');
  const { container, uri } = await newContainer();
  const job = await registry.exportDevicesToBlob(uri, false);
  await completed(job);
  assert.deepEqual(await names(container), ['devices.txt']);
  const mine = parseLines(await download(container, 'devices.txt')).filter((l) => l.id === made.deviceId);
  assert.deepEqual(mine.map((l) => l.moduleId), [undefined, 'm']);
  const [device, module] = mine;
  assert.equal(device.status, 'enabled');
  assert.equal(device.authentication.symmetricKey.primaryKey, made.authentication.symmetricKey.primaryKey);
  assert.deepEqual(device.tags, { site: 'x' });
  assert.deepEqual(device.properties, { desired: { interval: 5 }, reported: {} });
  assert.equal(module.status, 'enabled');
});

test('an export without keys says so in its first line', async (t) => {
  const { deviceId } = await newDevice(t);
  const { container, uri } = await newContainer();
  const job = await registry.exportDevicesToBlob(uri, true);
  await completed(job);
  const text = await download(container, 'devices.txt');
  assert.ok(!text.startsWith('{'));
  const device = parseLines(text).find((l) => l.id === deviceId);
  assert.deepEqual(device.authentication.symmetricKey, { primaryKey: null, secondaryKey: null });
});

test('an import creates devices with tags, desired properties and modules', async (t) => {
  const id = newId('imported');
  t.after(() => registry.delete(id).catch(() => {}));
  const errors = await importLines(
    { id, status: 'enabled', authentication: { type: 'sas' }, tags: { site: 'x' }, properties: { desired: { interval: 5 } } },
    { id, moduleId: 'm', status: 'enabled', authentication: { type: 'sas' } },
  );
  assert.deepEqual(errors, []);
  const { responseBody: twin } = await registry.getTwin(id);
  assert.equal(twin.tags.site, 'x');
  assert.equal(twin.properties.desired.interval, 5);
  const { responseBody: module } = await registry.getModule(id, 'm');
  assert.ok(module.authentication.symmetricKey.primaryKey);
});

test('lines that fail stand in importErrors.log, and the job completes', async (t) => {
  const id = newId('imported');
  t.after(() => registry.delete(id).catch(() => {}));
  const errors = await importLines(
    '{"id":',
    { id, importMode: 'create', status: 'enabled' },
    { id, importMode: 'create', status: 'enabled' },
    { id: newId('none'), importMode: 'update', status: 'enabled' },
    { id: newId('none') },
  );
  assert.deepEqual(errors.map((e) => e.errorCode), [400012, 409001, 404001, 400004]);
  assert.equal(errors[1].deviceId, id);
  assert.equal((await registry.get(id)).responseBody.deviceId, id);
});

test('modes of an import update and delete', async (t) => {
  const [updated, deleted, stale] = await Promise.all([newDevice(t), newDevice(t), newDevice(t)]);
  const errors = await importLines(
    { id: updated.deviceId, importMode: 'update', status: 'disabled', statusReason: 'imported', tags: { a: 1 } },
    { id: deleted.deviceId, importMode: 'delete', status: 'enabled' },
    { id: stale.deviceId, importMode: 'deleteIfMatchETag', eTag: 'MA==', status: 'enabled' },
  );
  assert.deepEqual(errors.map((e) => [e.deviceId, e.errorCode]), [[stale.deviceId, 412001]]);
  const { responseBody } = await registry.get(updated.deviceId);
  assert.equal(responseBody.status, 'disabled');
  assert.equal((await registry.getTwin(updated.deviceId)).responseBody.tags.a, 1);
  await rejects(registry.get(deleted.deviceId), 'DeviceNotFoundError');
});

test('what was exported can be imported again', async (t) => {
  const made = await newDevice(t);
  await registry.updateTwin(made.deviceId, { tags: { site: 'x' } }, '*');
  const { container, uri } = await newContainer();
  await completed(await registry.exportDevicesToBlob(uri, false));
  const line = parseLines(await download(container, 'devices.txt')).find((l) => l.id === made.deviceId);
  await registry.delete(made.deviceId);
  assert.deepEqual(await importLines(line), []);
  const { responseBody: again } = await registry.get(made.deviceId);
  assert.deepEqual(again.authentication.symmetricKey, made.authentication.symmetricKey);
  assert.equal((await registry.getTwin(made.deviceId)).responseBody.tags.site, 'x');
});

test('a container that the SAS does not open is refused at once', async () => {
  for (const permissions of ['rl', 'racwl']) { // no write, no delete
    const { uri } = await newContainer(permissions);
    await rejects(registry.exportDevicesToBlob(uri, false), 'ArgumentError', 'BlobContainerValidationError');
  }
});

test('an import of many lines goes through', async (t) => {
  const id = newId('imported');
  t.after(() => registry.delete(id).catch(() => {}));
  const lines = Array.from({ length: 1500 }, (_, n) => ({ id, importMode: n ? 'update' : 'create', status: 'enabled', statusReason: `${n}` }));
  assert.deepEqual(await importLines(...lines), []);
  assert.equal((await registry.get(id)).responseBody.statusReason, '1499');
});

test('jobs are listed, and unknown ones are not found', async () => {
  const { uri } = await newContainer();
  const job = await registry.exportDevicesToBlob(uri, true);
  await completed(job);
  const { responseBody: all } = await registry.listJobs();
  assert.ok(all.some((j) => j.jobId === job.jobId && j.type === 'export'));
  await rejects(registry.getJob('00000000-0000-4000-8000-000000000000'), 'Error', 'JobNotFound');
});
