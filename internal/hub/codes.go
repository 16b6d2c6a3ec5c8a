package hub

// codeNames are the codes of FACTS §0.8 that registry, twin, query, configuration and job calls can
// answer with. Answers carry the name, the code or both.
var codeNames = map[int]string{
	400001: "InvalidProtocolVersion",
	400003: "InvalidOperation",
	400004: "ArgumentInvalid",
	400005: "ArgumentNull",
	400006: "IotHubFormatError",
	400008: "BlobContainerValidationError",
	400011: "DeviceDefinedMultipleTimes",
	400012: "DeserializationError",
	400013: "BulkRegistryOperationFailure",
	400023: "EtagDoesNotMatch",
	400025: "UnsupportedOperationOnReplica",
	400028: "InvalidDeviceScope",
	400031: "InvalidEndpointAuthenticationType",
	400301: "CannotRegisterModuleToModule",
	400401: "InvalidConfigurationTargetCondition",
	400402: "InvalidConfigurationContent",
	400403: "CannotModifyImmutableConfigurationContent",
	400404: "InvalidConfigurationCustomMetricsQuery",
	401000: "GenericUnauthorized",
	401001: "IotHubNotFound",
	401002: "IotHubUnauthorizedAccess",
	401003: "IotHubUnauthorized",
	401100: "SystemModuleModifyUnauthorizedAccess",
	403001: "IotHubSuspended",
	403002: "IotHubQuotaExceeded",
	403003: "JobQuotaExceeded",
	403010: "OperationNotAvailableInCurrentTier",
	403012: "DeviceDisabled",
	404001: "DeviceNotFound",
	404002: "JobNotFound",
	404010: "ModuleNotFound",
	404013: "FeatureNotSupported",
	404301: "ConfigurationNotFound",
	405104: "BulkAddDevicesNotSupported",
	409001: "DeviceAlreadyExists",
	409002: "LinkCreationConflict",
	409102: "DeviceLocked",
	409301: "ModuleAlreadyExistsOnDevice",
	409401: "ConfigurationAlreadyExists",
	412001: "PreconditionFailed",
	413001: "MessageTooLarge",
	413002: "TooManyDevices",
	413003: "TooManyModulesOnDevice",
	413101: "ConfigurationCountLimitExceeded",
	429000: "GenericTooManyRequests",
	429001: "ThrottlingException",
	429002: "ThrottleBacklogLimitExceeded",
	429003: "ThrottlingBacklogTimeout",
	500001: "ServerError",
	500008: "GenericTimeout",
	503001: "ServiceUnavailable",
	503003: "PartitionNotFound",
	503005: "ServerBusy",
}

const codeETagMismatch = 400023

// absent are the codes that say an object does not exist.
var absent = []int{404001, 404002, 404010, 404301}

// nameOf returns the name of a code, or nothing.
func nameOf(code int) string { return codeNames[code] }

// codeOf returns the code of a name, or 0.
func codeOf(name string) int {
	for code, n := range codeNames {
		if n == name {
			return code
		}
	}
	return 0
}
