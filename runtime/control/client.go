package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// ErrNoDaemon says that nobody serves.
var ErrNoDaemon = errors.New("no lbgit daemon runs here")

// Client asks a daemon.
type Client struct{ http http.Client }

// Dial finds the daemon of this network namespace, or the one behind path.
func Dial(path string) (*Client, error) {
	for _, addr := range []string{path, WriterSocket} {
		if addr == "" {
			continue
		}
		c, err := net.Dial("unix", addr)
		if err != nil {
			continue
		}
		c.Close()
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", addr)
		}
		return &Client{http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
	}
	return nil, ErrNoDaemon
}

// Status asks what the daemon sees.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	return s, c.call(ctx, http.MethodGet, "/v1/status", nil, &s)
}

// Plan asks what the daemon would do for a source.
func (c *Client) Plan(ctx context.Context, q SourceRequest) (PlanResponse, error) {
	var r PlanResponse
	return r, c.call(ctx, http.MethodPost, "/v1/plan", q, &r)
}

// Apply has the daemon apply a plan.
func (c *Client) Apply(ctx context.Context, q ApplyRequest) (ApplyResponse, error) {
	var r ApplyResponse
	return r, c.call(ctx, http.MethodPost, "/v1/apply", q, &r)
}

// Resume ends a hold.
func (c *Client) Resume(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/v1/resume", nil, nil)
}

// Sync has the daemon look at its source now.
func (c *Client) Sync(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/v1/sync", nil, nil)
}

// Order has the daemon do something with VRRP instances: verb is failover,
// demote or promote. It answers with what was done, in words.
func (c *Client) Order(ctx context.Context, verb string, q InstanceRequest) (string, error) {
	var r InstanceResponse
	return r.Said, c.call(ctx, http.MethodPost, "/v1/"+verb, q, &r)
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	q, err := http.NewRequestWithContext(ctx, method, "http://lbgit"+path, body)
	if err != nil {
		return err
	}
	r, err := c.http.Do(q)
	if errors.Is(err, io.EOF) {
		// Who only holds the lock, such as an apply that waits for its answer,
		// hangs up.
		return ErrBusy
	}
	if err != nil {
		return fmt.Errorf("the daemon does not answer: %w", err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10))
		return errors.New(strings.TrimSpace(string(b)))
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(r.Body).Decode(out)
}
