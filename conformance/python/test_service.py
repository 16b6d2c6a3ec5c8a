"""azure-iot-hub: registry, twins, queries, bulk, configurations, jobs."""

import datetime
import unittest

from azure.core.exceptions import HttpResponseError
from azure.iot.hub.models import (
    Configuration,
    ConfigurationContent,
    ExportImportDevice,
    JobRequest,
    QuerySpecification,
    Twin,
    TwinProperties,
)
from msrest.exceptions import HttpOperationError

from hub import HubCase, configurations, jobs, new_id, registry, soon

ERRORS = (HttpResponseError, HttpOperationError)


class Registry(HubCase):
    def test_keys_are_made(self):
        device = self.device()
        keys = device.authentication.symmetric_key
        self.assertEqual(len(keys.primary_key), 44)
        self.assertNotEqual(keys.primary_key, keys.secondary_key)

    def test_own_keys_are_kept(self):
        key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
        device_id = new_id("py")
        device = registry.create_device_with_sas(device_id, key, key, "enabled")
        self.addCleanup(registry.delete_device, device_id)
        self.assertEqual(device.authentication.symmetric_key.primary_key, key)

    def test_x509(self):
        device_id = new_id("py")
        device = registry.create_device_with_x509(device_id, "A" * 40, "B" * 40, "enabled")
        self.addCleanup(registry.delete_device, device_id)
        self.assertEqual(device.authentication.type, "selfSigned")
        self.assertEqual(device.authentication.x509_thumbprint.primary_thumbprint, "A" * 40)

    def test_certificate_authority(self):
        device_id = new_id("py")
        device = registry.create_device_with_certificate_authority(device_id, "enabled")
        self.addCleanup(registry.delete_device, device_id)
        self.assertEqual(device.authentication.type, "certificateAuthority")

    def test_update_with_etag(self):
        device = self.device()
        keys = device.authentication.symmetric_key
        changed = registry.update_device_with_sas(
            device.device_id, device.etag, keys.primary_key, keys.secondary_key, "disabled"
        )
        self.assertEqual(changed.status, "disabled")
        with self.assertRaises(ERRORS):
            registry.update_device_with_sas(
                device.device_id, device.etag, keys.primary_key, keys.secondary_key, "enabled"
            )

    def test_missing_device(self):
        with self.assertRaises(ERRORS) as caught:
            registry.get_device(new_id("none"))
        self.assertEqual(caught.exception.response.status_code, 404)
        self.assertEqual(caught.exception.response.headers["iothub-errorcode"], "DeviceNotFound")

    def test_list_is_bounded(self):
        for _ in range(3):
            self.device()
        self.assertEqual(len(registry.get_devices(2)), 2)

    def test_modules(self):
        device = self.device()
        made = registry.create_module_with_sas(device.device_id, "m", "somebody", "", "")
        self.assertEqual(made.managed_by, "somebody")
        self.assertEqual([m.module_id for m in registry.get_modules(device.device_id)], ["m"])
        registry.delete_module(device.device_id, "m")
        self.assertEqual(registry.get_modules(device.device_id), [])

    def test_statistics(self):
        self.device()
        self.assertGreaterEqual(registry.get_device_registry_statistics().total_device_count, 1)
        self.assertIsNotNone(registry.get_service_statistics().connected_device_count)


class Bulk(HubCase):
    def test_create_with_tags_and_delete(self):
        ids = [new_id("bulk") for _ in range(5)]
        entries = [
            ExportImportDevice(id=i, status="enabled", import_mode="create", tags={"site": "a"}) for i in ids
        ]
        self.assertTrue(registry.bulk_create_or_update_devices(entries).is_successful)
        self.assertEqual(registry.get_twin(ids[0]).tags, {"site": "a"})
        result = registry.bulk_create_or_update_devices([ExportImportDevice(id=i, import_mode="delete") for i in ids])
        self.assertTrue(result.is_successful)

    def test_update_twin(self):
        device = self.device()
        entry = ExportImportDevice(id=device.device_id, import_mode="updateTwin", tags={"site": "b"})
        self.assertTrue(registry.bulk_create_or_update_devices([entry]).is_successful)
        self.assertEqual(registry.get_twin(device.device_id).tags, {"site": "b"})

    def test_errors_are_a_result(self):
        result = registry.bulk_create_or_update_devices(
            [ExportImportDevice(id=new_id("none"), import_mode="deleteIfMatchETag", e_tag="AAAA")]
        )
        self.assertFalse(result.is_successful)
        self.assertEqual(len(result.errors), 1)


class Twins(HubCase):
    def test_patch_and_replace(self):
        device = self.device()
        registry.update_twin(
            device.device_id, Twin(tags={"a": 1, "b": 2}, properties=TwinProperties(desired={"x": 1, "y": 2}))
        )
        registry.replace_twin(device.device_id, Twin(tags={"a": 3}, properties=TwinProperties(desired={"y": 4})))
        twin = registry.get_twin(device.device_id)
        self.assertEqual(twin.tags, {"a": 3})
        self.assertNotIn("x", twin.properties.desired)
        self.assertEqual(twin.properties.desired["y"], 4)

    def test_stale_etag(self):
        device = self.device()
        twin = registry.get_twin(device.device_id)
        registry.update_twin(device.device_id, Twin(tags={"n": 1}), twin.etag)
        with self.assertRaises(ERRORS):
            registry.update_twin(device.device_id, Twin(tags={"n": 2}), twin.etag)

    def test_module_twin(self):
        device = self.device()
        registry.create_module_with_sas(device.device_id, "m", "", "", "")
        registry.update_module_twin(device.device_id, "m", Twin(properties=TwinProperties(desired={"i": 1})))
        self.assertEqual(registry.get_module_twin(device.device_id, "m").properties.desired["i"], 1)

    def test_query_pages(self):
        site = new_id("site")
        for _ in range(5):
            registry.update_twin(self.device().device_id, Twin(tags={"site": site}))

        def all_pages():
            query = QuerySpecification(query=f"SELECT * FROM devices WHERE tags.site = '{site}'")
            sizes, token = [], None
            while True:
                page = registry.query_iot_hub(query, token, 2)
                sizes.append(len(page.items))
                token = page.continuation_token
                if not token:
                    break
            self.assertEqual(sum(sizes), 5)
            self.assertTrue(all(n <= 2 for n in sizes), sizes)

        soon(all_pages)


class Configurations(HubCase):
    def new(self):
        made = configurations.create_configuration(
            Configuration(
                id=new_id("cfg"),
                schema_version="1.0",
                content=ConfigurationContent(device_content={"properties.desired.x": {"y": 1}}),
                target_condition="tags.nobody = 'x'",
                priority=5,
            )
        )
        self.addCleanup(self._drop, made.id)
        return made

    @staticmethod
    def _drop(configuration_id):
        try:
            configurations.delete_configuration(configuration_id)
        except ERRORS:
            pass

    def test_life(self):
        made = self.new()
        got = configurations.get_configuration(made.id)
        self.assertEqual(got.content.device_content, {"properties.desired.x": {"y": 1}})
        got.priority = 6
        self.assertEqual(configurations.update_configuration(got, f'"{got.etag}"').priority, 6)
        self.assertIn(made.id, [c.id for c in configurations.get_configurations(100)])
        configurations.delete_configuration(made.id)
        with self.assertRaises(ERRORS):
            configurations.get_configuration(made.id)

    def test_condition_and_metrics_are_tested(self):
        from azure.iot.hub.models import ConfigurationQueriesTestInput

        answer = configurations.test_configuration_queries(
            ConfigurationQueriesTestInput(target_condition="tags.site = 'a'", custom_metric_queries={"bad": "SELEC"})
        )
        self.assertFalse(answer.target_condition_error)
        self.assertIn("bad", answer.custom_metric_query_errors)


class Jobs(HubCase):
    def test_twin_job(self):
        site = new_id("site")
        device = self.device()
        registry.update_twin(device.device_id, Twin(tags={"site": site}))
        request = JobRequest(
            job_id=new_id("job"),
            type="scheduleUpdateTwin",
            start_time=datetime.datetime.now(datetime.timezone.utc).isoformat(),
            max_execution_time_in_seconds=60,
            update_twin=Twin(etag="*", properties=TwinProperties(desired={"mode": "eco"})),
            query_condition=f"deviceId = '{device.device_id}'",
        )
        jobs.create_scheduled_job(request.job_id, request)

        def done():
            self.assertEqual(jobs.get_scheduled_job(request.job_id).status, "completed")

        soon(done)
        self.assertEqual(registry.get_twin(device.device_id).properties.desired["mode"], "eco")


if __name__ == "__main__":
    unittest.main()
