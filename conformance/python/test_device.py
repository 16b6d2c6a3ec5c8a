"""azure-iot-device over MQTT against azure-iot-hub."""

import queue
import threading
import unittest

from azure.iot.device import Message, MethodResponse
from azure.iot.device.exceptions import CredentialError
from azure.iot.hub.models import CloudToDeviceMethod, Twin, TwinProperties

from hub import HubCase, registry, runtime, soon


class Device(HubCase):
    def test_twin(self):
        device = self.device()
        registry.update_twin(device.device_id, Twin(tags={"t": 1}, properties=TwinProperties(desired={"interval": 5})))
        twin = self.connect(device).get_twin()
        self.assertEqual(twin["desired"]["interval"], 5)
        self.assertNotIn("tags", twin)

    def test_websockets(self):
        twin = self.connect(self.device(), websockets=True).get_twin()
        self.assertEqual(twin["reported"]["$version"], 1)

    def test_desired_changes_arrive_in_order(self):
        device = self.device()
        client = self.connect(device)
        patches = queue.Queue()
        client.on_twin_desired_properties_patch_received = patches.put
        client.get_twin()
        for n in range(5):
            registry.update_twin(device.device_id, Twin(properties=TwinProperties(desired={"n": n})))
        versions = [patches.get(timeout=10)["$version"] for _ in range(5)]
        self.assertEqual(versions, [2, 3, 4, 5, 6])

    def test_removed_properties_are_null(self):
        device = self.device()
        registry.update_twin(device.device_id, Twin(properties=TwinProperties(desired={"a": 1, "b": 2})))
        client = self.connect(device)
        patches = queue.Queue()
        client.on_twin_desired_properties_patch_received = patches.put
        client.get_twin()
        registry.update_twin(device.device_id, Twin(properties=TwinProperties(desired={"a": None})))
        self.assertEqual(patches.get(timeout=10), {"a": None, "$version": 3})

    def test_reported(self):
        device = self.device()
        client = self.connect(device)
        client.patch_twin_reported_properties({"firmware": "1.2", "old": 1})
        client.patch_twin_reported_properties({"old": None})
        reported = registry.get_twin(device.device_id).properties.reported
        self.assertEqual(reported["firmware"], "1.2")
        self.assertNotIn("old", reported)
        self.assertEqual(reported["$version"], 3)

    def test_method(self):
        device = self.device()
        client = self.connect(device)

        def answer(request):
            client.send_method_response(MethodResponse(request.request_id, 200, {"got": request.payload}))

        client.on_method_request_received = answer
        method = CloudToDeviceMethod(method_name="echo", payload={"x": 1}, response_timeout_in_seconds=10)
        result = registry.invoke_device_method(device.device_id, method)
        self.assertEqual((result.status, result.payload), (200, {"got": {"x": 1}}))

    def test_telemetry(self):
        client = self.connect(self.device())
        message = Message('{"celsius":21}', content_encoding="utf-8", content_type="application/json")
        message.custom_properties["alert"] = "no"
        client.send_message(message)

    def test_wrong_key(self):
        device = self.device()
        device.authentication.symmetric_key.primary_key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
        with self.assertRaises(CredentialError):
            self.connect(device)

    def test_connection_state(self):
        device = self.device()
        client = self.connect(device)

        def state(want):
            return lambda: self.assertEqual(registry.get_device(device.device_id).connection_state, want)

        soon(state("Connected"))
        client.disconnect()
        soon(state("Disconnected"))

    def test_purge(self):
        self.assertEqual(registry_purge(self.device().device_id), 0)


class Module(HubCase):
    def test_tutorial(self):
        device = self.device()
        module = registry.create_module_with_sas(device.device_id, "telemetry", "", "", "")
        client = self.connect(module)
        changed = threading.Event()

        def on_patch(patch):
            if patch.get("telemetryInterval") == 122:
                client.patch_twin_reported_properties({"telemetryInterval": 122})
                changed.set()

        client.on_twin_desired_properties_patch_received = on_patch
        client.get_twin()
        registry.update_module_twin(
            device.device_id, "telemetry", Twin(properties=TwinProperties(desired={"telemetryInterval": 122}))
        )
        self.assertTrue(changed.wait(10))

        def reported():
            twin = registry.get_module_twin(device.device_id, "telemetry")
            self.assertEqual(twin.properties.reported.get("telemetryInterval"), 122)

        soon(reported)

    def test_module_method(self):
        device = self.device()
        module = registry.create_module_with_sas(device.device_id, "m", "", "", "")
        client = self.connect(module)
        client.on_method_request_received = lambda r: client.send_method_response(MethodResponse(r.request_id, 204, None))
        method = CloudToDeviceMethod(method_name="flush", payload=None, response_timeout_in_seconds=10)
        self.assertEqual(registry.invoke_device_module_method(device.device_id, "m", method).status, 204)


def registry_purge(device_id):
    return runtime.protocol.cloud_to_device_messages.purge_cloud_to_device_message_queue(device_id).total_messages_purged


if __name__ == "__main__":
    unittest.main()
