package schema

import (
	"strings"
	"testing"
	"time"
)

// TestHMAC: nothing that would let adverts out unsigned, or believe them, passes.
func TestHMAC(t *testing.T) {
	const text = "0123456789abcdef0123456789abcdef"
	key := func(id uint8, secret string) AuthKey { return AuthKey{ID: id, Secret: SecretOf(secret)} }
	for _, tc := range []struct {
		name string
		auth Authentication
		want string
	}{
		{"ok: text", Authentication{ActiveKey: 1, Keys: []AuthKey{key(1, text), key(2, "hex:"+text+text)}}, ""},
		{"ok: file", Authentication{ActiveKey: 1, Keys: []AuthKey{key(1, "file:/etc/key")}}, ""},
		{"ok: receives only", Authentication{Mode: AuthReceiveOnly, Keys: []AuthKey{key(1, text)}}, ""},
		{"bad: no key", Authentication{ActiveKey: 1}, "no key 1"},
		{"bad: other key", Authentication{ActiveKey: 2, Keys: []AuthKey{key(1, text)}}, "no key 2"},
		{"bad: none active", Authentication{Keys: []AuthKey{key(1, text)}}, "no key 0"},
		{"bad: short", Authentication{ActiveKey: 1, Keys: []AuthKey{key(1, "short")}}, "5 bytes"},
		{"bad: hex", Authentication{ActiveKey: 1, Keys: []AuthKey{key(1, "hex:0g")}}, "hexadecimal"},
		{"bad: relative file", Authentication{ActiveKey: 1, Keys: []AuthKey{key(1, "file:key")}}, "absolute path"},
		{"bad: twice", Authentication{ActiveKey: 1, Keys: []AuthKey{key(1, text), key(1, text)}}, "different numbers"},
		{"bad: window", Authentication{ActiveKey: 1, Keys: []AuthKey{key(1, text)}, Window: time.Hour}, "window"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := good()
			tc.auth.Type = AuthHMAC
			c.Instances[0].Authentication = &tc.auth
			l := c.Validate().Text()
			if tc.want == "" && strings.Contains(l, "error") || !strings.Contains(l, tc.want) {
				t.Errorf("got %q, want %q", l, tc.want)
			}
			if strings.Contains(l, "short\"") || strings.Contains(l, "0g") {
				t.Errorf("shows a secret: %s", l)
			}
		})
	}
}
