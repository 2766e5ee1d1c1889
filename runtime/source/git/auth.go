package git

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/http"
	"github.com/go-git/go-git/v5/plumbing/transport/ssh"
	xssh "golang.org/x/crypto/ssh"

	"github.com/lbgit/lbgit/runtime/source"
)

// auth makes the credentials of one network operation. Files are read every
// time, so a rotated key needs no restart.
func (s *Source) auth() (transport.AuthMethod, error) {
	switch s.at.scheme {
	case "http", "https":
		return s.basic(), nil
	case "ssh":
		return s.ssh()
	}
	return nil, nil
}

// basic is nil without credentials. A password in the URL wins over the token.
func (s *Source) basic() transport.AuthMethod {
	user, pass := s.at.user, s.at.pass
	if pass == "" && s.opt.Token != "" {
		pass = s.opt.Token
		if user == "" {
			user = "git" // the hosts ignore it but want one
		}
	}
	if user == "" && pass == "" {
		return nil
	}
	return &http.BasicAuth{Username: user, Password: pass}
}

func (s *Source) ssh() (transport.AuthMethod, error) {
	var files []string
	if s.opt.KnownHosts != "" {
		files = []string{s.opt.KnownHosts}
	}
	hosts, err := ssh.NewKnownHostsDb(files...)
	if err != nil {
		return nil, s.fault(source.Denied, err, "no known hosts file: make one with ssh-keyscan %s and name it with the known hosts option", s.at.host)
	}
	check := ssh.HostKeyCallbackHelper{
		HostKeyCallback:   hosts.HostKeyCallback(),
		HostKeyAlgorithms: hosts.HostKeyAlgorithms(net.JoinHostPort(s.at.host, s.at.port)),
	}
	if s.opt.SSHKey != "" {
		return s.key(s.opt.SSHKey, check)
	}
	if os.Getenv("SSH_AUTH_SOCK") != "" {
		if a, err := ssh.NewSSHAgentAuth(s.at.user); err == nil {
			a.HostKeyCallbackHelper = check
			return a, nil
		}
	}
	home, _ := os.UserHomeDir()
	for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
		file := filepath.Join(home, ".ssh", name)
		if _, err := os.Stat(file); err == nil {
			return s.key(file, check)
		}
	}
	return nil, s.fault(source.Denied, nil, "no ssh key: name one with the ssh key option, or start an agent")
}

func (s *Source) key(file string, check ssh.HostKeyCallbackHelper) (transport.AuthMethod, error) {
	a, err := ssh.NewPublicKeysFromFile(s.at.user, file, "")
	var locked *xssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, s.fault(source.Denied, nil, "ssh key %s has a passphrase; use a deploy key without one, or an agent", file)
	case errors.Is(err, os.ErrNotExist):
		return nil, s.fault(source.Denied, nil, "ssh key %s does not exist", file)
	case err != nil:
		return nil, s.fault(source.Denied, nil, "ssh key %s cannot be used: %v", file, err)
	}
	a.HostKeyCallbackHelper = check
	return a, nil
}

// scrub takes everything secret out of a text.
func (s *Source) scrub(text string) string {
	secrets := []string{s.at.pass, s.opt.Token}
	if s.at.scheme != "ssh" && s.at.pass == "" {
		secrets = append(secrets, s.at.user) // a token is often the user name
	}
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}
