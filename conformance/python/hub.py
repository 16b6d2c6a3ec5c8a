"""What the checks share: the hub that CONFORMANCE_* names, and ids of their own."""

import os
import re
import time
import unittest
import uuid

from azure.iot.device import IoTHubDeviceClient, IoTHubModuleClient
from azure.iot.hub import (
    IoTHubConfigurationManager,
    IoTHubHttpRuntimeManager,
    IoTHubJobManager,
    IoTHubRegistryManager,
)

CONNECTION_STRING = os.environ["CONFORMANCE_CONNECTION_STRING"]
CA_FILE = os.environ["CONFORMANCE_CA_FILE"]
HOST_NAME = re.search("HostName=([^;]+)", CONNECTION_STRING).group(1)

registry = IoTHubRegistryManager.from_connection_string(CONNECTION_STRING)
configurations = IoTHubConfigurationManager.from_connection_string(CONNECTION_STRING)
jobs = IoTHubJobManager.from_connection_string(CONNECTION_STRING)
runtime = IoTHubHttpRuntimeManager.from_connection_string(CONNECTION_STRING)


def new_id(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def soon(check, seconds=10):
    """Retries a check until it passes or the time is over."""
    end = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


class HubCase(unittest.TestCase):
    """A case with devices that are removed at its end."""

    def device(self, iot_edge=False):
        device_id = new_id("py")
        made = registry.create_device_with_sas(device_id, "", "", "enabled", iot_edge)
        self.addCleanup(self._remove, device_id)
        return made

    @staticmethod
    def _remove(device_id):
        try:
            registry.delete_device(device_id)
        except Exception:  # the test has removed it
            pass

    def connect(self, identity, websockets=False):
        module_id = getattr(identity, "module_id", None)
        parts = [f"HostName={HOST_NAME}", f"DeviceId={identity.device_id}"]
        if module_id:
            parts.append(f"ModuleId={module_id}")
        parts.append(f"SharedAccessKey={identity.authentication.symmetric_key.primary_key}")
        kind = IoTHubModuleClient if module_id else IoTHubDeviceClient
        with open(CA_FILE, encoding="ascii") as ca:
            client = kind.create_from_connection_string(
                ";".join(parts),
                server_verification_cert=ca.read(),
                websockets=websockets,
                connection_retry=False,
                auto_connect=False,
            )
        self.addCleanup(client.shutdown)
        client.connect()
        return client
