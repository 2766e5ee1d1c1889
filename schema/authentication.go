package schema

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// Authentication says which adverts are believed. pass and ah are of version
// 2; hmac, keepalived 2.4's trailer, is for both versions and families.
type Authentication struct {
	Type AuthType `conf:"type"`
	// Password is at most 8 bytes, for pass and ah.
	Password Secret `conf:"password"`

	// The rest is for hmac. Keys may be several while they are changed over;
	// ActiveKey is the one that signs.
	Keys      []AuthKey `conf:"key,block"`
	ActiveKey uint8     `conf:"active_key"`
	// Window is how far clocks may differ, 1 s to 300 s; 0 means three advert
	// intervals, at least 5 s.
	Window time.Duration `conf:"window"`
	Replay AuthReplay    `conf:"replay"`
	Mode   AuthMode      `conf:"mode"`
}

// AuthKey is a shared key of hmac.
type AuthKey struct {
	// ID is 1 to 255.
	ID uint8 `conf:"id,label"`
	// Secret is the key itself of 32 to 64 bytes, or "hex:" and its digits, or
	// "file:" and the path of a file that has it, on the node.
	Secret Secret `conf:"secret"`

	Src diag.Range `conf:"-"`
}

// Key gives the bytes of a key, or the path of the file that has them.
func (k *AuthKey) Key() (key []byte, file string, err error) {
	text := k.Secret.Reveal()
	if path, ok := strings.CutPrefix(text, "file:"); ok {
		if !strings.HasPrefix(path, "/") {
			return nil, "", fmt.Errorf("key %d: the file needs an absolute path", k.ID)
		}
		return nil, path, nil
	}
	key = []byte(text)
	if digits, ok := strings.CutPrefix(text, "hex:"); ok {
		if key, err = hex.DecodeString(digits); err != nil {
			return nil, "", fmt.Errorf("key %d: what follows hex: is not a whole number of hexadecimal bytes", k.ID)
		}
	}
	return key, "", k.fits(key)
}

// FromFile gives the key that a file holds: all of it but a line end.
func (k *AuthKey) FromFile(text []byte) ([]byte, error) {
	key := []byte(strings.TrimRight(string(text), "\r\n"))
	return key, k.fits(key)
}

func (k *AuthKey) fits(key []byte) error {
	if len(key) < 32 || len(key) > 64 {
		return fmt.Errorf("key %d has %d bytes; it is 32 to 64", k.ID, len(key))
	}
	return nil
}

// AuthReplay is how an old advert is told from a new one.
type AuthReplay uint8

// By the clock and the order of adverts, or by their order alone.
const (
	ReplayTime AuthReplay = iota
	ReplayMonotonic
)

var replayNames = names{"time", "monotonic"}

func (r AuthReplay) String() string               { return replayNames.name(uint8(r)) }
func (r AuthReplay) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
func (r *AuthReplay) UnmarshalText(b []byte) error {
	v, err := replayNames.find("kind of replay protection", b, 0)
	*r = AuthReplay(v)
	return err
}

// AuthMode is what becomes of adverts without a trailer: they are rejected, or
// believed, or believed and sent as well. The last two are for changing over.
type AuthMode uint8

const (
	AuthEnforce AuthMode = iota
	AuthPermissive
	AuthReceiveOnly
)

var modeNames = names{"enforce", "permissive", "receive-only"}

func (m AuthMode) String() string               { return modeNames.name(uint8(m)) }
func (m AuthMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
func (m *AuthMode) UnmarshalText(b []byte) error {
	v, err := modeNames.find("mode", b, 0)
	*m = AuthMode(v)
	return err
}

func (v *validator) authentication(i *VRRPInstance, ver uint8) {
	a := i.Authentication
	if a == nil || a.Type == AuthNone {
		return
	}
	if a.Type == AuthHMAC {
		v.hmac(i, a)
		return
	}
	if ver == 3 {
		v.Errorf(i.Src, "VRRP instance %q: version 3 has no %s authentication (RFC 9568 section 1.2)", i.Name, a.Type).
			Because("hmac is for both versions")
	}
	if a.Password.IsZero() {
		v.Errorf(i.Src, "VRRP instance %q: authentication without a password", i.Name)
	}
	if n := len(a.Password.Reveal()); n > 8 {
		v.Errorf(i.Src, "VRRP instance %q: the password has %d bytes; the packet has room for 8", i.Name, n)
	}
	if len(a.Keys) > 0 {
		v.Errorf(i.Src, "VRRP instance %q: keys are for hmac authentication, not %s", i.Name, a.Type)
	}
}

// hmac holds auth_hmac to what cannot fail open (keepalived vrrp fact 4.9a
// disables it when its active key is missing).
func (v *validator) hmac(i *VRRPInstance, a *Authentication) {
	active := a.Mode == AuthReceiveOnly && a.ActiveKey == 0
	seen := map[uint8]bool{}
	for n := range a.Keys {
		k := &a.Keys[n]
		if _, _, err := k.Key(); err != nil {
			v.Errorf(k.Src, "VRRP instance %q: %v", i.Name, err)
		}
		if k.ID == 0 || seen[k.ID] {
			v.Errorf(k.Src, "VRRP instance %q: key %d; keys have different numbers from 1 to 255", i.Name, k.ID)
		}
		seen[k.ID] = true
		active = active || k.ID == a.ActiveKey
	}
	if !active || len(a.Keys) == 0 {
		v.Errorf(i.Src, "VRRP instance %q: hmac authentication has no key %d, which active_key names", i.Name, a.ActiveKey).As("active-key").
			Because("its adverts could not be signed")
	}
	if !a.Password.IsZero() {
		v.Errorf(i.Src, "VRRP instance %q: hmac authentication takes keys, not a password", i.Name)
	}
	if w := a.Window; w != 0 && (w < time.Second || w > 300*time.Second || w%time.Second != 0) {
		v.Errorf(i.Src, "VRRP instance %q: the window of hmac authentication is %s; it is 1s to 300s, in whole seconds", i.Name, w)
	}
}
