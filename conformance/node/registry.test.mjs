import test from 'node:test';
import assert from 'node:assert/strict';
import { newDevice, newId, newModule, registry, rejects } from './hub.mjs';

test('create makes keys, an etag and a generation', async (t) => {
  const d = await newDevice(t);
  assert.match(d.authentication.symmetricKey.primaryKey, /^[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(d.authentication.symmetricKey.primaryKey, d.authentication.symmetricKey.secondaryKey);
  assert.equal(d.status, 'enabled');
  assert.equal(d.connectionState, 'Disconnected');
  assert.ok(d.etag && d.generationId);
});

test('create again is DeviceAlreadyExists', async (t) => {
  const { deviceId } = await newDevice(t);
  await rejects(registry.create({ deviceId }), 'DeviceAlreadyExistsError');
});

test('get of no device is DeviceNotFound', () => rejects(registry.get(newId('none')), 'DeviceNotFoundError', 'DeviceNotFound'));

test('every legal character of an id survives', async (t) => {
  const deviceId = `${newId('id')}-:.+%_#*?!(),=@$'`;
  await newDevice(t, { deviceId });
  const { responseBody } = await registry.get(deviceId);
  assert.equal(responseBody.deviceId, deviceId);
});

test('update disables a device', async (t) => {
  const { deviceId } = await newDevice(t);
  await registry.update({ deviceId, status: 'disabled', statusReason: 'maintenance' });
  const { responseBody } = await registry.get(deviceId);
  assert.equal(responseBody.status, 'disabled');
  assert.equal(responseBody.statusReason, 'maintenance');
});

test('a certificate authority device has no keys', async (t) => {
  const d = await newDevice(t, { authentication: { type: 'certificateAuthority' } });
  assert.equal(d.authentication.type, 'certificateAuthority');
  assert.ok(!d.authentication.symmetricKey?.primaryKey);
});

test('thumbprints are kept', async (t) => {
  const primaryThumbprint = 'A'.repeat(40);
  const secondaryThumbprint = 'B'.repeat(64);
  const d = await newDevice(t, { authentication: { type: 'selfSigned', x509Thumbprint: { primaryThumbprint, secondaryThumbprint } } });
  assert.deepEqual(d.authentication.x509Thumbprint, { primaryThumbprint, secondaryThumbprint });
});

test('delete removes the device', async (t) => {
  const { deviceId } = await newDevice(t);
  await registry.delete(deviceId);
  await rejects(registry.get(deviceId), 'DeviceNotFoundError');
});

test('list holds what was created', async (t) => {
  const { deviceId } = await newDevice(t);
  const { responseBody } = await registry.list();
  assert.ok(responseBody.some((d) => d.deviceId === deviceId));
});

test('bulk create, update and delete', async (t) => {
  const ids = Array.from({ length: 20 }, () => newId('bulk'));
  const made = await registry.addDevices(ids.map((deviceId) => ({ deviceId })));
  assert.equal(made.responseBody.isSuccessful, true);
  t.after(() => registry.removeDevices(ids.map((deviceId) => ({ deviceId })), true).catch(() => {}));
  await registry.updateDevices(ids.map((deviceId) => ({ deviceId, status: 'disabled' })), true);
  assert.equal((await registry.get(ids[7])).responseBody.status, 'disabled');
  const gone = await registry.removeDevices(ids.map((deviceId) => ({ deviceId })), true);
  assert.equal(gone.responseBody.isSuccessful, true);
  await rejects(registry.get(ids[7]), 'DeviceNotFoundError');
});

test('bulk create tells of each device that is there already', async (t) => {
  const { deviceId } = await newDevice(t);
  const fresh = newId('bulk');
  t.after(() => registry.delete(fresh).catch(() => {}));
  let body;
  try {
    ({ responseBody: body } = await registry.addDevices([{ deviceId }, { deviceId: fresh }]));
  } catch (err) {
    body = typeof err.responseBody === 'string' ? JSON.parse(err.responseBody) : err.responseBody;
  }
  assert.equal(body.isSuccessful, false);
  assert.equal(body.errors.length, 1);
  assert.equal(body.errors[0].deviceId, deviceId);
});

test('modules: add, get, list, update, remove', async (t) => {
  const { deviceId } = await newDevice(t);
  const made = await newModule(deviceId, 'opcua');
  assert.match(made.authentication.symmetricKey.primaryKey, /=$/);
  await newModule(deviceId, 'store');
  const { responseBody: list } = await registry.getModulesOnDevice(deviceId);
  assert.deepEqual(list.map((m) => m.moduleId).sort(), ['opcua', 'store']);
  await registry.updateModule({ ...made, managedBy: 'somebody' }, true);
  assert.equal((await registry.getModule(deviceId, 'opcua')).responseBody.managedBy, 'somebody');
  await registry.removeModule(deviceId, 'opcua');
  await assert.rejects(registry.getModule(deviceId, 'opcua'));
});

test('a module of no device is refused', () => assert.rejects(registry.addModule({ deviceId: newId('none'), moduleId: 'm' })));

test('edge devices have a scope that leaves take over', async (t) => {
  const edge = await newDevice(t, { capabilities: { iotEdge: true } });
  assert.match(edge.deviceScope, /^ms-azure-iot-edge:\/\//);
  const leaf = await newDevice(t, { deviceScope: edge.deviceScope });
  assert.equal(leaf.deviceScope, edge.deviceScope);
  const { responseBody } = await registry.getModulesOnDevice(edge.deviceId);
  assert.deepEqual(responseBody.map((m) => m.moduleId).sort(), ['$edgeAgent', '$edgeHub']);
});

test('nested edge devices keep their parent', async (t) => {
  const upper = await newDevice(t, { capabilities: { iotEdge: true } });
  const lower = await newDevice(t, { capabilities: { iotEdge: true }, parentScopes: [upper.deviceScope] });
  assert.deepEqual(lower.parentScopes, [upper.deviceScope]);
  assert.notEqual(lower.deviceScope, upper.deviceScope);
});

test('statistics count devices', async (t) => {
  await newDevice(t);
  const { responseBody } = await registry.getRegistryStatistics();
  assert.ok(responseBody.totalDeviceCount >= 1);
});
