package open

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/source"
	. "github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

func TestParse(t *testing.T) {
	d := t.TempDir()
	t.Chdir(d)
	Write(t, d+"/a.hcl", "a")
	Write(t, d+"/x.txt", "x")
	Write(t, d+"/odd@host:dir/a.hcl", "a")
	Must(t, exec.Command("git", "init", "-q", d+"/repo").Run())
	Must(t, os.Mkdir(d+"/bare.git", 0o755))
	for name, c := range map[string]struct {
		spec string
		o    source.Options
		want string // String of the source, or part of the error
	}{
		"ok: file":               {spec: "a.hcl", want: d + "/a.hcl"},
		"ok: directory":          {spec: ".", want: d},
		"ok: may appear":         {spec: "later", want: d + "/later"},
		"ok: local repository":   {spec: "bare.git", o: source.Options{Ref: "main"}, want: d + "/bare.git"},
		"ok: work tree's .git":   {spec: "repo/.git", want: d + "/repo/.git"},
		"ok: file URL":           {spec: "file:///x/y", o: source.Options{Path: "lb"}, want: "file:///x/y"},
		"ok: https":              {spec: "https://u:p@example.org/lb.git", want: "https://example.org/lb.git"},
		"ok: ssh":                {spec: "ssh://example.org/lb.git", want: "ssh://git@example.org/lb.git"},
		"ok: scp form":           {spec: "git@example.org:team/lb.git", want: "git@example.org:team/lb.git"},
		"ok: looks like scp":     {spec: "odd@host:dir", want: d + "/odd@host:dir"},
		"bad: nothing":           {want: "no source given"},
		"bad: extension":         {spec: "x.txt", want: ".hcl .yaml .yml .conf"},
		"bad: ref for directory": {spec: ".", o: source.Options{Ref: "main"}, want: "--ref and --path are for git sources"},
		"bad: path for a file":   {spec: "a.hcl", o: source.Options{Path: "x"}, want: "name the file or folder itself"},
		"bad: ref for work tree": {spec: "repo", o: source.Options{Ref: "main"}, want: "write file://" + d + "/repo"},
		"bad: scheme":            {spec: "svn://example.org/x", want: `unknown scheme "svn"`},
		"bad: no path":           {spec: "https://example.org/", want: "repository's path"},
		"bad: file host":         {spec: "file://host/x", want: "file:///path"},
		"bad: path leaves":       {spec: "https://example.org/x", o: source.Options{Path: "../x"}, want: "not a path inside"},
		"bad: device":            {spec: "/dev/null", want: "neither a file nor a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Parse(c.spec, c.o)
			switch {
			case strings.HasPrefix(name, "bad") && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want %q", err, c.want)
			case strings.HasPrefix(name, "ok") && (err != nil || s.String() != c.want):
				t.Errorf("%v, %v, want %q", s, err, c.want)
			}
		})
	}
}

func TestTokenFromEnvironment(t *testing.T) {
	t.Setenv(TokenEnv, "s3cret")
	s, err := Parse("https://example.org/x", source.Options{})
	if err != nil || strings.Contains(s.String(), "s3cret") {
		t.Errorf("%v, %v", s, err)
	}
}
