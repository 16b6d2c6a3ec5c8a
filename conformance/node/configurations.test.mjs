import test from 'node:test';
import assert from 'node:assert/strict';
import { newDevice, newId, registry, rejects, soon } from './hub.mjs';

const configuration = (id, extra = {}) => ({
  id,
  schemaVersion: '1.0',
  labels: { team: 'node' },
  content: { deviceContent: { 'properties.desired.night': { dim: 0.25 } } },
  targetCondition: "tags.nobody = 'x'",
  priority: 10,
  metrics: { queries: { dimmed: 'SELECT deviceId FROM devices WHERE properties.reported.night.dim = 0.25' } },
  ...extra,
});

async function add(t, extra) {
  const id = newId('cfg');
  const { responseBody } = await registry.addConfiguration(configuration(id, extra));
  t.after(() => registry.removeConfiguration(id).catch(() => {}));
  return responseBody;
}

test('create, get, list, remove', async (t) => {
  const made = await add(t);
  assert.ok(made.etag && made.createdTimeUtc && made.lastUpdatedTimeUtc);
  const { responseBody: got } = await registry.getConfiguration(made.id);
  assert.deepEqual(got.content.deviceContent, { 'properties.desired.night': { dim: 0.25 } });
  assert.equal(got.labels.team, 'node');
  const { responseBody: list } = await registry.getConfigurations();
  assert.ok(list.some((c) => c.id === made.id));
  await registry.removeConfiguration(made.id);
  await assert.rejects(registry.getConfiguration(made.id));
});

test('create again is refused', async (t) => {
  const { id } = await add(t);
  await assert.rejects(registry.addConfiguration(configuration(id)));
});

test('priority and labels change, the content does not', async (t) => {
  const made = await add(t);
  await registry.updateConfiguration({ ...made, priority: 20, labels: { team: 'other' } }, true);
  const { responseBody: got } = await registry.getConfiguration(made.id);
  assert.equal(got.priority, 20);
  assert.equal(got.labels.team, 'other');
  await registry.updateConfiguration({ ...got, content: { deviceContent: { 'properties.desired.night': { dim: 1 } } } }, true);
  const { responseBody: after } = await registry.getConfiguration(made.id);
  assert.deepEqual(after.content.deviceContent, made.content.deviceContent); // the service says 200 and keeps what it has
});

test('a stale etag is refused', async (t) => {
  const made = await add(t);
  await registry.updateConfiguration({ ...made, priority: 11 });
  await rejects(registry.updateConfiguration({ ...made, priority: 12 }), 'InvalidEtagError');
});

test('content reaches the devices of the target condition', async (t) => {
  const site = newId('site');
  const { deviceId } = await newDevice(t);
  await registry.updateTwin(deviceId, { tags: { site } }, '*');
  const { id } = await add(t, { targetCondition: `tags.site = '${site}'` });
  await soon(async () => {
    const { responseBody: twin } = await registry.getTwin(deviceId);
    assert.equal(twin.properties.desired.night?.dim, 0.25);
    assert.equal(twin.configurations?.[id]?.status, 'Applied');
  });
});

test('content of a device is applied at once', async (t) => {
  const { deviceId } = await newDevice(t, { capabilities: { iotEdge: true } });
  const modulesContent = {
    $edgeAgent: { 'properties.desired': { schemaVersion: '1.1', runtime: { type: 'docker', settings: {} }, systemModules: {}, modules: {} } },
    $edgeHub: { 'properties.desired': { schemaVersion: '1.1', routes: {}, storeAndForwardConfiguration: { timeToLiveSecs: 60 } } },
  };
  await registry.applyConfigurationContentOnDevice(deviceId, { modulesContent });
  const { responseBody } = await registry.getModuleTwin(deviceId, '$edgeHub');
  assert.equal(responseBody.properties.desired.storeAndForwardConfiguration.timeToLiveSecs, 60);
});
