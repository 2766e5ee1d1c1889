package script_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/script"
)

// TestInspect: keepalived's vrrp facts 15.1 to 15.3 in a tree of our own. Every case spoils one thing; the finding names it and the
// command that puts it right.
func TestInspect(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: files have to belong to somebody")
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	const other = 65534
	tests := []struct {
		name, what, fix string
		unsafe          bool
		spoil           func(dir, program string, s *script.Spec)
	}{
		{name: "ok", spoil: func(string, string, *script.Spec) {}},
		{name: "program of another", what: "PROGRAM belongs to", fix: "chown -h root PROGRAM", unsafe: true,
			spoil: func(_, p string, _ *script.Spec) { must(os.Chown(p, other, 0)) }},
		{name: "program that all may write", what: "PROGRAM can be written by everybody", fix: "chmod go-w PROGRAM", unsafe: true,
			spoil: func(_, p string, _ *script.Spec) { must(os.Chmod(p, 0o757)) }},
		{name: "program that a group may write", what: "PROGRAM can be written by the group", fix: "chmod g-w PROGRAM", unsafe: true,
			spoil: func(_, p string, _ *script.Spec) { must(os.Chown(p, 0, other)); must(os.Chmod(p, 0o775)) }},
		{name: "ok: that root's group may write",
			spoil: func(_, p string, _ *script.Spec) { must(os.Chmod(p, 0o775)) }},
		{name: "folder on the way of another", what: "DIR belongs to", fix: "chown -h root DIR", unsafe: true,
			spoil: func(d, _ string, _ *script.Spec) { must(os.Chown(d, other, 0)) }},
		{name: "folder on the way that all may write", what: "DIR can be written by everybody", fix: "chmod go-w DIR", unsafe: true,
			spoil: func(d, _ string, _ *script.Spec) { must(os.Chmod(d, 0o777)) }},
		{name: "ok: with the sticky bit",
			spoil: func(d, _ string, _ *script.Spec) { must(os.Chmod(d, 0o777|os.ModeSticky)) }},
		{name: "ok: somebody else runs it",
			spoil: func(_, p string, s *script.Spec) { must(os.Chmod(p, 0o777)); s.User = "65534" }},
		{name: "link of another", what: "DIR/link belongs to", fix: "chown -h root DIR/link", unsafe: true,
			spoil: func(d, p string, s *script.Spec) {
				must(os.Symlink(p, d+"/link"))
				must(os.Lchown(d+"/link", other, 0))
				s.Command[0] = d + "/link"
			}},
		{name: "link to a program of another", what: "PROGRAM belongs to", fix: "chown -h root PROGRAM", unsafe: true,
			spoil: func(d, p string, s *script.Spec) {
				must(os.Chown(p, other, 0))
				must(os.Symlink("sub/../sub/program", d+"/link"))
				s.Command[0] = d + "/link"
			}},
		{name: "ok: link", spoil: func(d, p string, s *script.Spec) { must(os.Symlink(p, d+"/link")); s.Command[0] = d + "/link" }},
		{name: "not executable", what: "PROGRAM is not executable", fix: "chmod a+x PROGRAM",
			spoil: func(_, p string, _ *script.Spec) { must(os.Chmod(p, 0o644)) }},
		{name: "no program", what: "stat PROGRAM: no such file or directory", fix: "put the program there",
			spoil: func(_, p string, _ *script.Spec) { must(os.Remove(p)) }},
		{name: "not in PATH", what: "no-such-program is in no folder of PATH", fix: "write the whole path",
			spoil: func(_, _ string, s *script.Spec) { s.Command[0] = "no-such-program" }},
		{name: "no such user", what: `unknown user "no-such-user"`, fix: "useradd", unsafe: true,
			spoil: func(_, _ string, s *script.Spec) { s.User = "no-such-user" }},
		{name: "no such group", what: `unknown group "no-such-group"`, fix: "groupadd --system no-such-group", unsafe: true,
			spoil: func(_, _ string, s *script.Spec) { s.User, s.Group = "root", "no-such-group" }},
		{name: "ok: a file to be opened", spoil: func(_, _ string, s *script.Spec) { *s = script.Spec{Open: "/no/such"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			program := filepath.Join(dir, "sub", "program")
			must(os.Mkdir(filepath.Dir(program), 0o755))
			must(os.WriteFile(program, nil, 0o755))
			s := script.Spec{Command: []string{program, "arg"}}
			tt.spoil(dir, program, &s)
			got := script.Inspect(s)
			if tt.what == "" {
				if got != nil {
					t.Errorf("%+v", got)
				}
				return
			}
			real := strings.NewReplacer("PROGRAM", program, "DIR", dir)
			if got == nil || !strings.HasPrefix(got.What, real.Replace(tt.what)) || !strings.HasPrefix(got.Fix, real.Replace(tt.fix)) || got.Unsafe != tt.unsafe {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestAccount: keepalived's vrrp fact 15.1.
func TestAccount(t *testing.T) {
	for _, tt := range []struct{ name, group, user, settingsGroup, want string }{
		{"a", "b", "c", "d", "a:b"}, {"a", "", "c", "d", "a:"}, {"", "", "c", "d", "c:d"},
	} {
		if u, g := script.Account(tt.name, tt.group, tt.user, tt.settingsGroup); u+":"+g != tt.want {
			t.Errorf("%+v: %s:%s", tt, u, g)
		}
	}
}
