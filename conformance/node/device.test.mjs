import test from 'node:test';
import assert from 'node:assert/strict';
import device from 'azure-iot-device';
import mqtt from 'azure-iot-device-mqtt';
import { ServiceClient, connect, connectionString, keyString, newDevice, newModule, once, registry, soon, until } from './hub.mjs';

const service = ServiceClient.fromConnectionString(connectionString);

for (const [name, transport] of [['MQTT', mqtt.Mqtt], ['MQTT over websockets', mqtt.MqttWs]]) {
  test(`${name}: a device connects and reads its twin`, async (t) => {
    const d = await newDevice(t);
    await registry.updateTwin(d.deviceId, { tags: { hidden: true }, properties: { desired: { interval: 7 } } }, '*');
    const client = await connect(t, d, transport);
    const twin = await client.getTwin();
    assert.equal(twin.properties.desired.interval, 7);
    assert.equal(twin.tags, undefined);
  });

  test(`${name}: a desired change reaches the device`, async (t) => {
    const d = await newDevice(t);
    const client = await connect(t, d, transport);
    const twin = await client.getTwin();
    let n = 0;
    const changed = new Promise((resolve) =>
      twin.on('properties.desired', (delta) => {
        if (delta.interval) resolve(delta);
      }),
    );
    const delta = await until(changed, () => registry.updateTwin(d.deviceId, { properties: { desired: { interval: ++n } } }, '*'));
    assert.equal(delta.$version, delta.interval + 1);
  });
}

test('reported properties come back through the service', async (t) => {
  const d = await newDevice(t);
  const client = await connect(t, d);
  const twin = await client.getTwin();
  await new Promise((resolve, reject) => twin.properties.reported.update({ firmware: { version: '1.2' } }, (err) => (err ? reject(err) : resolve())));
  const { responseBody } = await registry.getTwin(d.deviceId);
  assert.deepEqual(responseBody.properties.reported.firmware, { version: '1.2' });
  assert.equal(responseBody.properties.reported.$version, 2);
});

test('a method call reaches the device and its answer comes back', async (t) => {
  const d = await newDevice(t);
  const client = await connect(t, d);
  client.onDeviceMethod('reboot', (request, response) => response.send(207, { delay: request.payload.delay * 2 }));
  const { result } = await soon(() => service.invokeDeviceMethod(d.deviceId, { methodName: 'reboot', payload: { delay: 4 }, responseTimeoutInSeconds: 10 }));
  assert.deepEqual(result, { status: 207, payload: { delay: 8 } });
});

test('a method of a device that is not there fails', async (t) => {
  const { deviceId } = await newDevice(t);
  await assert.rejects(service.invokeDeviceMethod(deviceId, { methodName: 'x', responseTimeoutInSeconds: 5 }));
});

test('telemetry is taken', async (t) => {
  const client = await connect(t, await newDevice(t));
  const message = new device.Message(JSON.stringify({ celsius: 21 }));
  message.contentType = 'application/json';
  message.properties.add('alert', 'no');
  await client.sendEvent(message);
});

test('a wrong key is refused', async (t) => {
  const d = await newDevice(t);
  d.authentication.symmetricKey.primaryKey = Buffer.alloc(32).toString('base64');
  await assert.rejects(connect(t, d), (err) => err.name === 'UnauthorizedError');
});

test('a disabled device is refused', async (t) => {
  const d = await newDevice(t);
  await registry.update({ ...d, status: 'disabled' });
  await assert.rejects(connect(t, d), (err) => err.name === 'UnauthorizedError');
});

test('the secondary key works too', async (t) => {
  const d = await newDevice(t);
  d.authentication.symmetricKey.primaryKey = d.authentication.symmetricKey.secondaryKey;
  await connect(t, d);
});

test('connection state follows the connection', async (t) => {
  const d = await newDevice(t);
  const client = await connect(t, d);
  await soon(async () => assert.equal((await registry.get(d.deviceId)).responseBody.connectionState, 'Connected'));
  await client.close();
  await soon(async () => assert.equal((await registry.get(d.deviceId)).responseBody.connectionState, 'Disconnected'));
});

test('a second connection takes over', async (t) => {
  const d = await newDevice(t);
  const first = await connect(t, d);
  const dropped = once(first, 'disconnect');
  await connect(t, d);
  await dropped;
});

test('the tutorial: a module changes its interval', async (t) => {
  const d = await newDevice(t);
  await newModule(d.deviceId, 'telemetry');
  const { responseBody: module } = await registry.getModule(d.deviceId, 'telemetry');
  assert.match(keyString(module), /ModuleId=telemetry/);
  const client = await connect(t, module);
  const twin = await client.getTwin();
  const changed = new Promise((resolve) =>
    twin.on('properties.desired.telemetryInterval', (value) => {
      if (value === 122) resolve(value);
    }),
  );
  const telemetryInterval = await until(changed, () =>
    registry.updateModuleTwin(d.deviceId, 'telemetry', { properties: { desired: { telemetryInterval: 122 } } }, '*'),
  );
  await new Promise((resolve, reject) => twin.properties.reported.update({ telemetryInterval }, (err) => (err ? reject(err) : resolve())));
  const { responseBody } = await registry.getModuleTwin(d.deviceId, 'telemetry');
  assert.equal(responseBody.properties.reported.telemetryInterval, 122);
  await soon(async () => {
    const { result } = await registry
      .createQuery(`SELECT * FROM devices.modules WHERE properties.reported.telemetryInterval = 122 AND deviceId = '${d.deviceId}'`)
      .next();
    assert.deepEqual(result.map((m) => m.moduleId), ['telemetry']);
  });
});
