//go:build linux

package lab

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// Server answers with its name on one address of a machine: a real server of a service.
type Server struct {
	Name string

	node    *Node
	open    func() (io.Closer, error)
	running io.Closer
	hits    atomic.Int64
	status  atomic.Int64
}

// Hits counts the requests answered.
func (s *Server) Hits() int { return int(s.hits.Load()) }

// SetStatus changes the status of HTTP answers.
func (s *Server) SetStatus(code int) { s.status.Store(int64(code)) }

// Start opens the server again after Stop.
func (s *Server) Start() {
	s.node.t.Helper()
	running, err := s.open()
	if err != nil {
		s.node.t.Fatalf("%s: start %s: %v", s.node.Name, s.Name, err)
	}
	s.running = running
}

// Stop closes the server: new connections are refused.
func (s *Server) Stop() {
	if s.running != nil {
		s.running.Close()
		s.running = nil
	}
}

func (n *Node) server(name string, open func(*Server) (io.Closer, error)) *Server {
	n.t.Helper()
	s := &Server{Name: name, node: n}
	s.status.Store(http.StatusOK)
	s.open = func() (io.Closer, error) { return open(s) }
	n.t.Cleanup(s.Stop)
	s.Start()
	return s
}

// HTTPServer answers every request on addr (":80", "10.0.0.5:80") with the name, one request a connection.
func (n *Node) HTTPServer(addr, name string) *Server {
	n.t.Helper()
	return n.server(name, func(s *Server) (io.Closer, error) {
		l, err := n.Listen("tcp", addr)
		if err != nil {
			return nil, err
		}
		web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			s.hits.Add(1)
			w.WriteHeader(int(s.status.Load()))
			_, _ = io.WriteString(w, s.Name)
		})}
		web.SetKeepAlivesEnabled(false)
		go func() { _ = web.Serve(l) }()
		return web, nil
	})
}

// TCPServer reads a line from every connection, answers with the name and closes.
func (n *Node) TCPServer(addr, name string) *Server {
	n.t.Helper()
	return n.server(name, func(s *Server) (io.Closer, error) {
		l, err := n.Listen("tcp", addr)
		if err != nil {
			return nil, err
		}
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go s.answer(conn)
			}
		}()
		return l, nil
	})
}

func (s *Server) answer(conn net.Conn) {
	defer conn.Close()
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		return // a health check that only connects is no request
	}
	s.hits.Add(1)
	_, _ = io.WriteString(conn, s.Name)
}

// UDPServer answers every datagram with the name. For a virtual address, listen on that address: an answer from a socket
// on all addresses would leave with the wrong one.
func (n *Node) UDPServer(addr, name string) *Server {
	n.t.Helper()
	return n.server(name, func(s *Server) (io.Closer, error) {
		conn, err := n.ListenPacket("udp", addr)
		if err != nil {
			return nil, err
		}
		go func() {
			buf := make([]byte, 2048)
			for {
				_, from, err := conn.ReadFrom(buf)
				if err != nil {
					return
				}
				s.hits.Add(1)
				_, _ = conn.WriteTo([]byte(s.Name), from)
			}
		}()
		return conn, nil
	})
}
