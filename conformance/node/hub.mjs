// What the checks share: the hub that CONFORMANCE_* names, and ids of their own.
import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import iothub from 'azure-iothub';
import device from 'azure-iot-device';
import mqtt from 'azure-iot-device-mqtt';
import common from 'azure-iot-common';

export const connectionString = required('CONFORMANCE_CONNECTION_STRING');
export const hostName = /HostName=([^;]+)/.exec(connectionString)[1];
export const { Registry, JobClient, Client: ServiceClient } = iothub;

export function required(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; run make conformance`);
  return value;
}

export const registry = Registry.fromConnectionString(connectionString);

// newId makes an id that no other check uses.
export const newId = (prefix) => `${prefix}-${randomUUID().slice(0, 8)}`;

// newDevice creates a device that the test removes at its end.
export async function newDevice(t, description = {}) {
  const deviceId = description.deviceId ?? newId('node');
  const { responseBody } = await registry.create({ deviceId, ...description });
  t.after(() => registry.delete(deviceId).catch(() => {}));
  return responseBody;
}

export async function newModule(deviceId, moduleId) {
  const { responseBody } = await registry.addModule({ deviceId, moduleId });
  return responseBody;
}

// rejects expects an error of the SDK by its name, and the code in its message.
export async function rejects(promise, name, code) {
  await assert.rejects(promise, (err) => {
    assert.equal(err.name, name, `${err.name}: ${err.message}`);
    if (code) assert.match(`${err.message} ${err.responseBody}`, new RegExp(code));
    return true;
  });
}

export async function rows(query) {
  const all = [];
  do {
    const { result } = await query.next(query.continuationToken);
    all.push(...result);
  } while (query.hasMoreResults);
  return all;
}

export function keyString(identity) {
  const module = identity.moduleId ? `;ModuleId=${identity.moduleId}` : '';
  return `HostName=${hostName};DeviceId=${identity.deviceId}${module};SharedAccessKey=${identity.authentication.symmetricKey.primaryKey}`;
}

// connect opens a device or module client over MQTT, or over another transport.
export async function connect(t, identity, transport = mqtt.Mqtt) {
  const kind = identity.moduleId ? device.ModuleClient : device.Client;
  const client = kind.fromConnectionString(keyString(identity), transport);
  client.setRetryPolicy(new common.NoRetry());
  t.after(() => client.close().catch(() => {}));
  await client.open();
  return client;
}

// once resolves with the arguments of the next event.
export const once = (emitter, event) =>
  new Promise((resolve) => emitter.once(event, (...args) => resolve(args.length > 1 ? args : args[0])));

// soon retries a check until it passes or ten seconds are over.
export async function soon(check) {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      return await check();
    } catch (err) {
      if (Date.now() > end) throw err;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

// until repeats an action until the promise is settled: clients subscribe behind
// the back of their callers, and what comes before that passes them by.
export async function until(promise, action) {
  let settled = false;
  const done = promise.finally(() => (settled = true));
  while (!settled) {
    await action();
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  return done;
}
