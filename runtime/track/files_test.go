package track

import (
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// TestNumber: keepalived's vrrp fact 10.1, and what a file may say beyond it.
func TestNumber(t *testing.T) {
	tests := []struct {
		text string
		want int32
		bad  bool
	}{
		{text: ""}, {text: " \n"}, {text: "0"}, {text: "42\n", want: 42}, {text: " \t-7 x", want: -7}, {text: "+3", want: 3},
		{text: "0x1F", want: 31}, {text: "-0Xa", want: -10}, {text: "017", want: 15}, {text: "08"}, {text: "0x"}, {text: "12ab", want: 12},
		{text: "2147483647", want: math.MaxInt32}, {text: "2147483648", want: math.MaxInt32}, {text: "-2147483648", want: math.MinInt32},
		{text: "-99999999999999999999", want: math.MinInt32}, {text: "99999999999999999999", want: math.MaxInt32},
		{text: "up", bad: true}, {text: "-", bad: true}, {text: "- 1", bad: true}, {text: "\x00", bad: true},
	}
	for _, tt := range tests {
		if got, err := number([]byte(tt.text)); got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%q: %d, %v; want %d", tt.text, got, err, tt.want)
		}
	}
}

func FuzzNumber(f *testing.F) {
	f.Add("0x1f", int32(-5))
	f.Fuzz(func(t *testing.T, text string, n int32) {
		if got, err := number([]byte(text)); err != nil && got != 0 {
			t.Errorf("%q: %d with %v", text, got, err)
		}
		for _, form := range []string{" %d\n", "%#x", "%#o end", "%+d"} {
			if got, err := number(fmt.Appendf(nil, form, n)); got != n || err != nil {
				t.Errorf(form+": %d, %v", n, got, err)
			}
		}
	})
}

// tracking is a configuration with one instance that tracks these files.
func trackingFiles(files ...*schema.TrackFile) *schema.Config {
	i := &schema.VRRPInstance{}
	for _, f := range files {
		i.Files = append(i.Files, schema.Track{Name: f.Name})
	}
	return &schema.Config{Files: files, Instances: []*schema.VRRPInstance{i}}
}

// becomes waits until a verdict holds.
func becomes(t *testing.T, what string, tr Tracker, name string, holds func(Verdict) bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(tr.Verdict(name)); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: %s is %+v", what, name, tr.Verdict(name))
		}
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFiles follows a file through everything that may become of it.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "number")
	f := NewFiles(slog.New(slog.DiscardHandler), func(Object) {}, false)
	go f.Run(t.Context())
	says := func(n int32) func(Verdict) bool {
		return func(v Verdict) bool { return v.State == Good && v.Number == n }
	}
	put(t, path, "5\n")
	f.Set(trackingFiles(&schema.TrackFile{Name: "f", File: path}))
	becomes(t, "read at first", f, "f", says(5))
	put(t, path, "-6")
	becomes(t, "written", f, "f", says(-6))
	put(t, filepath.Join(dir, "new"), "0x10")
	if err := os.Rename(filepath.Join(dir, "new"), path); err != nil {
		t.Fatal(err)
	}
	becomes(t, "renamed over", f, "f", says(16))
	put(t, path, "many")
	becomes(t, "no number", f, "f", func(v Verdict) bool { return v.Number == 0 && v.Reason == errNoNumber.Error() })
	put(t, path, "7")
	becomes(t, "written again", f, "f", says(7))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	becomes(t, "removed", f, "f", says(0))
	f.Set(trackingFiles())
	if v := f.Verdict("f"); v.State != Pending {
		t.Errorf("a file that nobody uses has a verdict: %+v", v)
	}
}

// TestInitialValue: keepalived's vrrp fact 10.2.
func TestInitialValue(t *testing.T) {
	n := func(n int32) *int32 { return &n }
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	put(t, at("there"), "1")
	put(t, at("over"), "1")
	put(t, at("target"), "1")
	if err := os.Symlink(at("target"), at("link")); err != nil {
		t.Fatal(err)
	}
	first := []*schema.TrackFile{
		{Name: "absent", File: at("absent"), InitValue: n(-9)},
		{Name: "there", File: at("there"), InitValue: n(9)},
		{Name: "over", File: at("over"), InitValue: n(9), Overwrite: true},
		{Name: "link", File: at("link"), InitValue: n(9), Overwrite: true},
	}
	later := &schema.TrackFile{Name: "later", File: at("target"), InitValue: n(8), Overwrite: true}
	is := func(name, want string) {
		t.Helper()
		if got, _ := os.ReadFile(at(name)); string(got) != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	silent := slog.New(slog.DiscardHandler)
	f := NewFiles(silent, func(Object) {}, false)
	f.Set(trackingFiles(first...))
	f.look(nil)
	is("absent", "-9\n")
	is("there", "1")
	is("over", "9\n")
	is("target", "1") // a link is not followed
	put(t, at("over"), "2")
	f.Set(trackingFiles(append(first, later)...))
	f.look(nil)
	is("over", "2")
	is("target", "1") // a reload does not overwrite

	watch := NewFiles(silent, func(Object) {}, true)
	watch.Set(trackingFiles(&schema.TrackFile{Name: "a", File: at("nothing"), InitValue: n(1)}))
	watch.look(nil)
	if _, err := os.Stat(at("nothing")); err == nil {
		t.Error("an observer has written a file")
	}
}
