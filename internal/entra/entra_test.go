package entra

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestCredential(t *testing.T) {
	t.Parallel()
	const tenant, client = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
	rows := []struct {
		name string
		env  map[string]string
		want string // type of the credential, or the error
	}{
		{"nothing set", nil, "*azidentity.DefaultAzureCredential"},
		{"AZURE wins over ARM", map[string]string{"AZURE_CLIENT_ID": client, "ARM_CLIENT_SECRET": "s"}, "*azidentity.DefaultAzureCredential"},
		{"tenant alone", map[string]string{"ARM_TENANT_ID": tenant}, "*azidentity.DefaultAzureCredential"},
		{"secret", map[string]string{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": client, "ARM_CLIENT_SECRET": "s"}, "*azidentity.ClientSecretCredential"},
		{"secret with tenant of AZURE", map[string]string{"AZURE_TENANT_ID": tenant, "ARM_CLIENT_ID": client, "ARM_CLIENT_SECRET": "s"}, "*azidentity.ClientSecretCredential"},
		{"token", map[string]string{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": client, "ARM_OIDC_TOKEN": "t"}, "*azidentity.ClientAssertionCredential"},
		{"token file", map[string]string{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": client, "ARM_OIDC_TOKEN_FILE_PATH": "f"}, "*azidentity.ClientAssertionCredential"},
		{"secret without client", map[string]string{"ARM_TENANT_ID": tenant, "ARM_CLIENT_SECRET": "s"}, "use ARM_* variables: ARM_CLIENT_ID is missing"},
		{"token without tenant", map[string]string{"ARM_CLIENT_ID": client, "ARM_OIDC_TOKEN": "t"}, "use ARM_* variables: ARM_TENANT_ID is missing"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cred, err := Credential(func(name string) string { return row.env[name] })
			got := fmt.Sprintf("%T", cred)
			if err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestAssertionReadsFileAnew(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	get := assertion("", file)
	if _, err := get(context.Background()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got error %v, want that the file does not exist", err)
	}
	for _, want := range []string{"one", "two"} {
		if err := os.WriteFile(file, []byte(want+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := get(context.Background()); got != want || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}
