import test from 'node:test';
import assert from 'node:assert/strict';
import { JobClient, connect, connectionString, newDevice, newId, registry, soon } from './hub.mjs';

const jobs = JobClient.fromConnectionString(connectionString);

async function finished(jobId) {
  return soon(async () => {
    const { jobStatus } = await jobs.getJob(jobId);
    assert.equal(jobStatus.status, 'completed');
    return jobStatus;
  });
}

test('a twin update job changes the devices of its condition', async (t) => {
  const site = newId('site');
  const made = await Promise.all([newDevice(t), newDevice(t)]);
  for (const d of made) await registry.updateTwin(d.deviceId, { tags: { site } }, '*');
  const jobId = newId('job');
  await soon(async () => {
    const { result } = await registry.createQuery(`SELECT * FROM devices WHERE tags.site = '${site}'`).next();
    assert.equal(result.length, 2);
  });
  await jobs.scheduleTwinUpdate(jobId, `tags.site = '${site}'`, { etag: '*', properties: { desired: { mode: 'eco' } } }, new Date(), 60);
  const job = await finished(jobId);
  assert.equal(job.deviceJobStatistics.succeededCount, 2);
  const { responseBody } = await registry.getTwin(made[0].deviceId);
  assert.equal(responseBody.properties.desired.mode, 'eco');
});

test('a job of tomorrow is queued and can be cancelled', async (t) => {
  const { deviceId } = await newDevice(t);
  const jobId = newId('job');
  const { jobStatus } = await jobs.scheduleTwinUpdate(jobId, `deviceId = '${deviceId}'`, { etag: '*', tags: { x: 1 } }, new Date(Date.now() + 86_400_000), 60);
  assert.equal(jobStatus.status, 'queued');
  const cancelled = await jobs.cancelJob(jobId);
  assert.equal(cancelled.jobStatus.status, 'cancelled');
});

test('jobs are listed by status', async (t) => {
  const { deviceId } = await newDevice(t);
  const jobId = newId('job');
  await jobs.scheduleTwinUpdate(jobId, `deviceId = '${deviceId}'`, { etag: '*', tags: { x: 1 } }, new Date(), 60);
  await finished(jobId);
  const { result } = await jobs.createQuery('scheduleUpdateTwin', 'completed', 100).next();
  assert.ok(result.some((j) => j.jobId === jobId));
});

test('a method job calls connected devices', async (t) => {
  const d = await newDevice(t);
  const client = await connect(t, d);
  client.onDeviceMethod('reboot', (request, response) => response.send(200, { in: request.payload.delay }));
  await soon(async () => assert.equal((await registry.get(d.deviceId)).responseBody.connectionState, 'Connected'));
  const jobId = newId('job');
  await jobs.scheduleDeviceMethod(jobId, `deviceId = '${d.deviceId}'`, { methodName: 'reboot', payload: { delay: 3 }, responseTimeoutInSeconds: 10 }, new Date(), 60);
  const job = await finished(jobId);
  assert.equal(job.deviceJobStatistics.succeededCount, 1);
});
