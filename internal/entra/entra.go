// Package entra chooses how to sign in to Microsoft Entra ID from what the
// environment says. Hubs, key vaults and the resource manager are all asked with
// the credential that it finds.
//
// It must not know what the tokens are for: their audience is the client's word.
package entra

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Credential signs in with what the ARM_* variables known from Terraform say when
// AZURE_* select nothing, else through azidentity's default chain (AZURE_*
// variables, workload and managed identity, az login). The chain reads the process
// environment by itself; getenv serves the choice and the ARM_* values. Nothing is
// asked of the network before the first token is needed.
func Credential(getenv func(string) string) (azcore.TokenCredential, error) {
	tenant := cmp.Or(getenv("AZURE_TENANT_ID"), getenv("ARM_TENANT_ID"))
	if !azureSelects(getenv) {
		cred, err := armCredential(getenv, tenant)
		if err != nil || cred != nil {
			return cred, err
		}
	}
	chain, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{TenantID: tenant})
	if err != nil {
		return nil, fmt.Errorf("use Entra ID: %w", err)
	}
	return chain, nil
}

// azureSelects tells whether the environment names a credential in azidentity's
// own variables.
func azureSelects(getenv func(string) string) bool {
	for _, name := range []string{
		"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH",
		"AZURE_FEDERATED_TOKEN_FILE", "AZURE_USERNAME", "AZURE_TOKEN_CREDENTIALS",
	} {
		if getenv(name) != "" {
			return true
		}
	}
	return false
}

// armCredential builds the credential of the ARM_* variables; nil when they hold
// none. ARM_TENANT_ID alone goes with az login.
func armCredential(getenv func(string) string, tenant string) (azcore.TokenCredential, error) {
	client, secret := getenv("ARM_CLIENT_ID"), getenv("ARM_CLIENT_SECRET")
	token, file := getenv("ARM_OIDC_TOKEN"), getenv("ARM_OIDC_TOKEN_FILE_PATH")
	if secret == "" && token == "" && file == "" {
		return nil, nil
	}
	if client == "" {
		return nil, errors.New("use ARM_* variables: ARM_CLIENT_ID is missing")
	}
	if tenant == "" {
		return nil, errors.New("use ARM_* variables: ARM_TENANT_ID is missing")
	}
	if secret != "" {
		cred, err := azidentity.NewClientSecretCredential(tenant, client, secret, nil)
		if err != nil {
			return nil, fmt.Errorf("use ARM_CLIENT_SECRET: %w", err)
		}
		return cred, nil
	}
	cred, err := azidentity.NewClientAssertionCredential(tenant, client, assertion(token, file), nil)
	if err != nil {
		return nil, fmt.Errorf("use ARM_OIDC_TOKEN: %w", err)
	}
	return cred, nil
}

// assertion returns the token, or reads the file anew each time, because whoever
// writes it replaces the token before it expires.
func assertion(token, file string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		if token != "" {
			return token, nil
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read ARM_OIDC_TOKEN_FILE_PATH: %w", err)
		}
		return strings.TrimSpace(string(data)), nil
	}
}
