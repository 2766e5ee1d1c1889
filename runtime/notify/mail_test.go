package notify

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// mailServer is as much of an SMTP server as the tests need.
type mailServer struct {
	net.Listener
	tls      *tls.Config // nil: no STARTTLS
	implicit bool
	user     string // what AUTH PLAIN must say, empty for no AUTH
	refuse   func(n int, line string) string

	mu          sync.Mutex
	connections int
	mails       []string
	dialogue    []string
}

func (s *mailServer) serve(t *testing.T) *schema.Mail {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Listener = l
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.connections++
			n := s.connections
			s.mu.Unlock()
			go s.talk(n, c)
		}
	}()
	return &schema.Mail{
		To: []string{"ops@example.org", "more@example.org"}, From: "lb@example.org", Helo: "lb.example.org",
		Server: "127.0.0.1", Port: uint16(l.Addr().(*net.TCPAddr).Port), Timeout: 5 * time.Second, TLS: schema.MailPlain,
	}
}

func (s *mailServer) talk(n int, c net.Conn) {
	defer func() { c.Close() }()
	if s.implicit {
		c = tls.Server(c, s.tls)
	}
	secure := s.implicit
	in := bufio.NewScanner(c)
	say := func(lines ...string) { _, _ = c.Write([]byte(strings.Join(lines, "\r\n") + "\r\n")) }
	say("220 sink")
	for in.Scan() {
		line := in.Text()
		s.mu.Lock()
		s.dialogue = append(s.dialogue, line)
		s.mu.Unlock()
		if s.refuse != nil {
			if reply := s.refuse(n, line); reply != "" {
				say(reply)
				continue
			}
		}
		verb, _, _ := strings.Cut(line, " ")
		switch verb {
		case "EHLO":
			offers := []string{"250-sink"}
			if s.tls != nil && !secure {
				offers = append(offers, "250-STARTTLS")
			}
			if s.user != "" && secure {
				offers = append(offers, "250-AUTH PLAIN")
			}
			say(append(offers, "250 8BITMIME")...)
		case "STARTTLS":
			say("220 go")
			c = tls.Server(c, s.tls)
			in, secure = bufio.NewScanner(c), true
		case "AUTH":
			b, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "AUTH PLAIN "))
			if string(b) != s.user {
				say("535 no")
				continue
			}
			say("235 yes")
		case "DATA":
			say("354 go")
			var text strings.Builder
			for in.Scan() && in.Text() != "." {
				text.WriteString(in.Text() + "\n")
			}
			s.mu.Lock()
			s.mails = append(s.mails, text.String())
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func (s *mailServer) got() (mails []string, connections int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails, s.connections
}

// certificate is one for 127.0.0.1, and who believes it.
func certificate(t *testing.T) (server, client *tls.Config) {
	h := httptest.NewTLSServer(nil)
	t.Cleanup(h.Close)
	pool := x509.NewCertPool()
	pool.AddCert(h.Certificate())
	return &tls.Config{Certificates: h.TLS.Certificates}, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
}

func startMailer(t *testing.T, trust *tls.Config, log *slog.Logger) *mailer {
	m := newMailer(log)
	m.roots = trust
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); m.run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return m
}

// TestMail sends a burst: all of it over one connection, with what a mail needs.
func TestMail(t *testing.T) {
	s := &mailServer{}
	to := s.serve(t)
	m := startMailer(t, nil, slog.New(slog.DiscardHandler))
	for _, subject := range []string{"[lb] one", "[lb] two", "[lb] three"} {
		m.put(letter{to: to, subject: subject, body: "This node holds it.\n", at: time.Now()})
	}
	eventually(t, "three mails", func() bool { mails, _ := s.got(); return len(mails) == 3 })
	mails, connections := s.got()
	if connections != 1 {
		t.Errorf("%d connections", connections)
	}
	for _, want := range []string{"From: <lb@example.org>", "To: <ops@example.org>, <more@example.org>", "Subject: [lb] one", "Date: ", "Message-ID: ", "X-Mailer: lbgit", "This node holds it."} {
		if !strings.Contains(mails[0], want) {
			t.Errorf("%q is missing in\n%s", want, mails[0])
		}
	}
	if s.dialogue[0] != "EHLO lb.example.org" {
		t.Error(s.dialogue[0])
	}
	eventually(t, "the connection is given back", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.dialogue[len(s.dialogue)-1] == "QUIT"
	})
}

// TestMailTLS: STARTTLS and implicit TLS with authentication; a server that
// offers no TLS, or shows a certificate of somebody else, gets nothing.
func TestMailTLS(t *testing.T) {
	own, trust := certificate(t)
	for _, tt := range []struct {
		name   string
		server *mailServer
		trust  *tls.Config
		mode   schema.MailTLS
		ok     bool
	}{
		{"ok: STARTTLS", &mailServer{tls: own, user: "\x00lb\x00secret"}, trust, schema.MailSTARTTLS, true},
		{"ok: TLS", &mailServer{tls: own, user: "\x00lb\x00secret", implicit: true}, trust, schema.MailImplicit, true},
		{"bad: wrong password", &mailServer{tls: own, user: "\x00lb\x00other"}, trust, schema.MailSTARTTLS, false},
		{"bad: no STARTTLS offered", &mailServer{}, trust, schema.MailSTARTTLS, false},
		{"bad: unknown certificate", &mailServer{tls: own, user: "\x00lb\x00secret"}, nil, schema.MailSTARTTLS, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.server
			to := s.serve(t)
			to.TLS, to.Username, to.Password = tt.mode, "lb", schema.SecretOf("secret")
			m := newMailer(slog.New(slog.DiscardHandler))
			m.roots = tt.trust
			defer m.hangUp()
			err := m.send(t.Context(), &letter{to: to, subject: "s", body: "b", at: time.Now()})
			mails, _ := s.got()
			if (err == nil) != tt.ok || (len(mails) == 1) != tt.ok {
				t.Errorf("%v, %d mails", err, len(mails))
			}
			for _, line := range s.dialogue {
				if !tt.ok && strings.HasPrefix(line, "MAIL") {
					t.Error("it went on without what was asked for")
				}
			}
		})
	}
}

// TestMailRetry: what the server cannot take now comes again, what it refuses
// for good does not, and neither keeps the next one.
func TestMailRetry(t *testing.T) {
	s := &mailServer{}
	s.refuse = func(n int, line string) string {
		switch {
		case n == 1 && strings.HasPrefix(line, "MAIL"):
			return "451 later"
		case strings.HasPrefix(line, "RCPT") && strings.Contains(line, "nobody"):
			return "550 never"
		}
		return ""
	}
	to := s.serve(t)
	none := *to
	none.To = []string{"nobody@example.org"}
	m := startMailer(t, nil, slog.New(slog.DiscardHandler))
	now := time.Now()
	m.put(letter{to: to, subject: "first", at: now})
	m.put(letter{to: &none, subject: "refused", at: now})
	m.put(letter{to: to, subject: "last", at: now})
	eventually(t, "two mails", func() bool { mails, _ := s.got(); return len(mails) == 2 })
	mails, _ := s.got()
	if !strings.Contains(mails[0], "Subject: first") || !strings.Contains(mails[1], "Subject: last") {
		t.Error(mails)
	}
	eventually(t, "one is given up", func() bool { left, lost := m.waiting(); return left == 0 && lost == 1 })
}

// TestMailIsGivenUp: an old mail is not tried for ever.
func TestMailIsGivenUp(t *testing.T) {
	s := &mailServer{refuse: func(int, string) string { return "421 no" }}
	m := startMailer(t, nil, slog.New(slog.DiscardHandler))
	m.put(letter{to: s.serve(t), subject: "old", at: time.Now().Add(-giveUpAfter)})
	eventually(t, "it is given up", func() bool { left, lost := m.waiting(); return left == 0 && lost == 1 })
}
