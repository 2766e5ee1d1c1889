package git

import (
	"crypto/ed25519"
	"encoding/pem"
	"testing"

	"golang.org/x/crypto/ssh"

	. "github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

// testKey makes a private key.
func testKey(t *testing.T) string {
	_, key, err := ed25519.GenerateKey(nil)
	Must(t, err)
	block, err := ssh.MarshalPrivateKey(key, "")
	Must(t, err)
	return string(pem.EncodeToMemory(block))
}
