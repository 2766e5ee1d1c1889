package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/lbgit/lbgit/schema"
)

const (
	// maxMails bounds what waits for a mail server; newer ones are lost then.
	maxMails = 1000
	// giveUpAfter is how old a mail may become.
	giveUpAfter = 10 * time.Minute
	// firstRetry is the wait after a failure; it doubles up to maxRetry.
	firstRetry, maxRetry = 2 * time.Second, time.Minute
	// linger is how long a connection stays open for the next mail of a burst.
	linger = time.Second
)

// letter is one mail, with the settings that were in force.
type letter struct {
	to            *schema.Mail
	subject, body string
	at            time.Time
}

// mailer sends one mail after another.
type mailer struct {
	log *slog.Logger
	// roots are the certificates that servers are verified against; nil means
	// the system's. Tests have their own.
	roots *tls.Config

	mu    sync.Mutex
	queue []letter
	lost  uint64
	idle  chan struct{} // closed while no mail waits
	wake  chan struct{}

	// The connection, and whose it is.
	client *mail.Client
	server *schema.Mail
}

func newMailer(log *slog.Logger) *mailer {
	m := &mailer{log: log, idle: make(chan struct{}), wake: make(chan struct{}, 1)}
	close(m.idle)
	return m
}

func (m *mailer) put(l letter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) >= maxMails {
		m.lost++
		m.log.Error("mail is lost: too many wait", "subject", l.subject)
		return
	}
	if len(m.queue) == 0 {
		m.idle = make(chan struct{})
	}
	m.queue = append(m.queue, l)
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// run sends until ctx ends. Only one goroutine ever holds the connection.
func (m *mailer) run(ctx context.Context) {
	defer m.hangUp()
	retry := firstRetry
	for {
		l, ok := m.next(ctx)
		if !ok {
			return
		}
		err := m.send(ctx, &l)
		switch {
		case err == nil:
			m.log.Info("mail sent", "subject", l.subject)
			m.taken(false)
			retry = firstRetry
			continue
		case ctx.Err() != nil:
			return
		case permanent(err) || time.Since(l.at) > giveUpAfter:
			m.log.Error("mail is given up", "subject", l.subject, "server", l.to.Server, "error", err)
			m.taken(true)
			continue
		}
		m.log.Warn("mail could not be sent", "subject", l.subject, "server", l.to.Server, "error", err, "again_in", retry)
		m.hangUp()
		select {
		case <-time.After(retry):
		case <-ctx.Done():
			return
		}
		retry = min(2*retry, maxRetry)
	}
}

// next waits for a mail; the connection is closed when none comes for a while.
func (m *mailer) next(ctx context.Context) (letter, bool) {
	for {
		m.mu.Lock()
		if len(m.queue) > 0 {
			l := m.queue[0]
			m.mu.Unlock()
			return l, true
		}
		m.mu.Unlock()
		var idle <-chan time.Time
		if m.client != nil {
			idle = time.After(linger)
		}
		select {
		case <-m.wake:
		case <-idle:
			m.hangUp()
		case <-ctx.Done():
			return letter{}, false
		}
	}
}

// taken removes the first mail of the queue.
func (m *mailer) taken(lost bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.queue = m.queue[1:]; len(m.queue) == 0 {
		close(m.idle)
	}
	if lost {
		m.lost++
	}
}

// send puts one mail on the connection, which is made if need be.
func (m *mailer) send(ctx context.Context, l *letter) error {
	msg, err := message(l)
	if err != nil {
		return &unsendable{err}
	}
	if m.client != nil && m.server != l.to {
		m.hangUp()
	}
	if m.client == nil {
		c, err := m.newClient(l.to)
		if err != nil {
			return err
		}
		if err := c.DialWithContext(ctx); err != nil {
			return err
		}
		m.client, m.server = c, l.to
	}
	return m.client.Send(msg)
}

func (m *mailer) hangUp() {
	if m.client != nil {
		_ = m.client.Close()
	}
	m.client, m.server = nil, nil
}

// newClient makes a client by the settings; it does not connect yet.
func (m *mailer) newClient(s *schema.Mail) (*mail.Client, error) {
	options := []mail.Option{mail.WithPort(int(s.Port)), mail.WithTimeout(s.Timeout)}
	if s.Helo != "" {
		options = append(options, mail.WithHELO(s.Helo))
	}
	switch s.TLS {
	case schema.MailPlain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case schema.MailImplicit:
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Username), mail.WithPassword(s.Password.Reveal()))
	}
	if m.roots != nil {
		options = append(options, mail.WithTLSConfig(m.roots))
	}
	return mail.NewClient(s.Server, options...)
}

// message makes the mail; it fails for addresses that are none.
func message(l *letter) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	from := l.to.From
	if from == "" {
		from = ownAddress()
	}
	if err := msg.From(from); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	if err := msg.To(l.to.To...); err != nil {
		return nil, fmt.Errorf("to: %w", err)
	}
	msg.Subject(l.subject)
	msg.SetDateWithValue(l.at)
	msg.SetMessageID()
	msg.SetGenHeader(mail.HeaderXMailer, "lbgit")
	msg.SetBodyString(mail.TypeTextPlain, l.body)
	return msg, nil
}

// ownAddress is the daemon's user at this host.
func ownAddress() string {
	name, host := "root", "localhost"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return name + "@" + host
}

// unsendable is a mail that cannot even be written.
type unsendable struct{ error }

// permanent tells whether trying again is in vain: the mail is none, or the
// server refused it for good (RFC 5321 section 4.2.1, replies of 500 and more).
func permanent(err error) bool {
	var none *unsendable
	var refused *mail.SendError
	return errors.As(err, &none) || errors.As(err, &refused) && refused.ErrorCode() >= 500
}

// settle waits until all mail is sent, for at most limit.
func (m *mailer) settle(ctx context.Context, limit time.Duration) {
	m.mu.Lock()
	idle := m.idle
	m.mu.Unlock()
	if !waited(ctx, idle, limit) {
		n, _ := m.waiting()
		m.log.Error("mail is given up: the daemon stops", "mails", n)
	}
}

func (m *mailer) waiting() (mails int, lost uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.queue), m.lost
}
