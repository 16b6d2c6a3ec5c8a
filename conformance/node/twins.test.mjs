import test from 'node:test';
import assert from 'node:assert/strict';
import { newDevice, newId, newModule, registry, rejects, rows, soon } from './hub.mjs';

const twinOf = async (...ids) =>
  ids.length === 1 ? (await registry.getTwin(ids[0])).responseBody : (await registry.getModuleTwin(...ids)).responseBody;

test('a new twin is empty, at version 1', async (t) => {
  const { deviceId } = await newDevice(t);
  const twin = await twinOf(deviceId);
  assert.equal(twin.properties.desired.$version, 1);
  assert.equal(twin.properties.reported.$version, 1);
});

test('a patch merges and null deletes', async (t) => {
  const { deviceId } = await newDevice(t);
  await registry.updateTwin(deviceId, { tags: { site: 'a', floor: 3 }, properties: { desired: { x: { y: 1, z: 2 } } } }, '*');
  await registry.updateTwin(deviceId, { tags: { floor: null }, properties: { desired: { x: { y: null, w: true } } } }, '*');
  const twin = await twinOf(deviceId);
  assert.deepEqual(twin.tags, { site: 'a' });
  const { x, $version } = twin.properties.desired;
  assert.deepEqual(x, { z: 2, w: true });
  assert.equal($version, 3);
});

test('a stale etag is refused', async (t) => {
  const { deviceId } = await newDevice(t);
  const { etag } = await twinOf(deviceId);
  await registry.updateTwin(deviceId, { tags: { n: 1 } }, etag);
  await rejects(registry.updateTwin(deviceId, { tags: { n: 2 } }, etag), 'InvalidEtagError');
});

test('the twin object updates itself', async (t) => {
  const { deviceId } = await newDevice(t);
  const twin = await twinOf(deviceId);
  await twin.update({ tags: { site: 'b' } });
  assert.deepEqual((await twinOf(deviceId)).tags, { site: 'b' });
});

test('module twins are their own', async (t) => {
  const { deviceId } = await newDevice(t);
  await newModule(deviceId, 'm');
  await registry.updateModuleTwin(deviceId, 'm', { properties: { desired: { interval: 5 } } }, '*');
  assert.equal((await twinOf(deviceId, 'm')).properties.desired.interval, 5);
  assert.equal((await twinOf(deviceId)).properties.desired.interval, undefined);
});

test('desired properties beyond 32 KB are refused', async (t) => {
  const { deviceId } = await newDevice(t);
  const big = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`k${i}`, 'x'.repeat(3900)]));
  await assert.rejects(registry.updateTwin(deviceId, { properties: { desired: big } }, '*'));
});

test('queries filter by tags', async (t) => {
  const site = newId('site');
  const made = await Promise.all([1, 2, 3].map(() => newDevice(t)));
  for (const [i, d] of made.entries()) await registry.updateTwin(d.deviceId, { tags: { site, n: i } }, '*');
  await soon(async () => {
    const found = await rows(registry.createQuery(`SELECT * FROM devices WHERE tags.site = '${site}' AND tags.n > 0`));
    assert.deepEqual(found.map((d) => d.deviceId).sort(), made.slice(1).map((d) => d.deviceId).sort());
  });
});

test('queries come in pages', async (t) => {
  const site = newId('site');
  for (let i = 0; i < 7; i++) {
    const { deviceId } = await newDevice(t);
    await registry.updateTwin(deviceId, { tags: { site } }, '*');
  }
  await soon(async () => {
    const query = registry.createQuery(`SELECT * FROM devices WHERE tags.site = '${site}'`, 3);
    const sizes = [];
    do {
      const { result } = await query.next(query.continuationToken);
      sizes.push(result.length);
    } while (query.hasMoreResults);
    assert.equal(sizes.reduce((a, b) => a + b), 7);
    assert.ok(sizes.length >= 3 && sizes.every((n) => n <= 3), `pages of ${sizes}`);
  });
});

test('queries count and group', async (t) => {
  const site = newId('site');
  for (const kind of ['a', 'b', 'b']) {
    const { deviceId } = await newDevice(t);
    await registry.updateTwin(deviceId, { tags: { site, kind } }, '*');
  }
  await soon(async () => {
    const found = await rows(registry.createQuery(`SELECT tags.kind AS kind, COUNT() AS n FROM devices WHERE tags.site = '${site}' GROUP BY tags.kind`));
    assert.deepEqual(found.map(({ kind, n }) => [kind, n]).sort(), [['a', 1], ['b', 2]]);
  });
});

test('queries of modules', async (t) => {
  const { deviceId } = await newDevice(t);
  await newModule(deviceId, 'm');
  await soon(async () => {
    const found = await rows(registry.createQuery(`SELECT * FROM devices.modules WHERE deviceId = '${deviceId}'`));
    assert.deepEqual(found.map((m) => m.moduleId), ['m']);
  });
});

test('a wrong query is an argument error', () => rejects(registry.createQuery('SELEC * FROM devices').next(), 'ArgumentError'));
