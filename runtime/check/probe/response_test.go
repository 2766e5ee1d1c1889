package probe

import (
	"crypto/md5"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parse feeds a response in pieces of a size and then its end.
func parse(r *response, text string, size int) (complete bool, err error) {
	for text != "" {
		n := min(size, len(text))
		done, err := r.feed([]byte(text[:n]))
		if done || err != nil {
			return done, err
		}
		text = text[n:]
	}
	return true, r.end()
}

func TestResponse(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	tests := []struct {
		name   string
		toEOF  bool
		head   bool
		text   string
		status int
		body   string // what is hashed
		err    error
	}{
		{name: "ok: to the end", text: head + "\r\nhello", status: 200, body: "hello"},
		{name: "ok: length", text: head + "Content-Length: 5\r\n\r\nhello, ignored", status: 200, body: "hello"},
		{name: "ok: length 0", text: head + "content-length:0\r\n\r\n", status: 200},
		{name: "ok: same length twice", text: head + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", status: 200, body: "x"},
		{name: "ok: chunked", text: head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", status: 200, body: "hello!"},
		{name: "ok: chunked with trailer", text: head + "Transfer-Encoding: gzip, Chunked\r\n\r\nA \r\n0123456789\r\n00\r\nA: b\r\n\r\nignored", status: 200, body: "0123456789"},
		{name: "ok: chunked beats length", text: head + "Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n", status: 200, body: "x"},
		{name: "ok: no reason (C8 is not copied)", text: "HTTP/1.1 204\r\n\r\n", status: 204},
		{name: "ok: bare line feeds", text: "HTTP/1.0 404 No\nContent-Length: 1\n\nx", status: 404, body: "x"},
		{name: "ok: no fields", text: "HTTP/1.0 200\n\n", status: 200},
		{name: "ok: interim responses are skipped", text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n" + head + "Content-Length: 1\r\n\r\nx", status: 200, body: "x"},
		{name: "ok: switched protocols", text: "HTTP/1.1 101 Now\r\n\r\nanything", status: 101},
		{name: "ok: no body with 304", text: "HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n", status: 304},
		{name: "ok: no body with HEAD", head: true, text: head + "Content-Length: 9\r\n\r\n", status: 200},
		{name: "ok: keepalived hashes up to the length (C11)", toEOF: true, text: head + "Content-Length: 5\r\n\r\nhello, and more", status: 200, body: "hello"},
		{name: "ok: keepalived takes a short body (C11)", toEOF: true, text: head + "Content-Length: 50\r\n\r\nhello", status: 200, body: "hello"},
		{name: "ok: keepalived does not decode (C9)", toEOF: true, text: head + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", status: 200, body: "1\r\nx\r\n0\r\n\r\n"},
		{name: "ok: large header (C7 is not copied)", text: head + "A: " + strings.Repeat("x", 60000) + "\r\n\r\n", status: 200},
		{name: "bad: nothing", err: errNoResponse},
		{name: "bad: nothing after an interim response", text: "HTTP/1.1 100 C\r\n\r\n", err: errCutHeader},
		{name: "bad: cut header", text: head + "A: b\r\n", err: errCutHeader},
		{name: "bad: cut body", text: head + "Content-Length: 5\r\n\r\nhell", status: 200, err: errCutBody},
		{name: "bad: cut chunk", text: head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhe", status: 200, err: errCutBody},
		{name: "bad: no end of chunks", text: head + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", status: 200, err: errCutBody},
		{name: "bad: other protocol", text: "SSH-2.0-OpenSSH\r\n", err: errNotHTTP},
		{name: "bad: no status", text: "HTTP/1.1\r\n\r\n", err: errNotHTTP},
		{name: "bad: four digits", text: "HTTP/1.1 2000 OK\r\n\r\n", err: errNotHTTP},
		{name: "bad: letters", text: "HTTP/1.1 2x0 OK\r\n\r\n", err: errNotHTTP},
		{name: "bad: status below 100", text: "HTTP/1.1 099 No\r\n\r\n", err: errNotHTTP},
		{name: "bad: header too large", text: head + strings.Repeat("A: b\r\n", 20000), err: errHeaderSize},
		{name: "bad: length", text: head + "Content-Length: x\r\n\r\n", err: errLength, status: 200},
		{name: "bad: negative length", text: head + "Content-Length: -1\r\n\r\n", err: errLength, status: 200},
		{name: "bad: two lengths", text: head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", err: errLength, status: 200},
		{name: "bad: chunk size", text: head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", err: errChunk, status: 200},
		{name: "bad: empty chunk size", text: head + "Transfer-Encoding: chunked\r\n\r\n\r\n", err: errChunk, status: 200},
		{name: "bad: huge chunk size", text: head + "Transfer-Encoding: chunked\r\n\r\n1000000000000000\r\n", err: errChunk, status: 200},
		{name: "bad: chunk without end", text: head + "Transfer-Encoding: chunked\r\n\r\n1\r\nxy", err: errChunk, status: 200},
		{name: "bad: endless interim responses", text: strings.Repeat("HTTP/1.1 100 C\r\n\r\n", 20), err: errInterimMany},
	}
	var r response // used again, as on the loop
	for _, tt := range tests {
		for _, size := range []int{1, 7, 1 << 20} {
			t.Run(fmt.Sprintf("%s/%d", tt.name, size), func(t *testing.T) {
				r.begin(tt.toEOF, tt.head, true)
				_, err := parse(&r, tt.text, size)
				if !errors.Is(err, tt.err) || r.status != tt.status {
					t.Fatalf("status %d, error %v; want %d, %v", r.status, err, tt.status, tt.err)
				}
				if err == nil && r.digest() != md5.Sum([]byte(tt.body)) {
					t.Errorf("the digest is not that of %q", tt.body)
				}
			})
		}
	}
}

func TestResponseBodyLimit(t *testing.T) {
	var r response
	r.begin(true, false, false)
	_, err := r.feed([]byte("HTTP/1.0 200 OK\r\n\r\n"))
	piece := make([]byte, 1<<20)
	n := 0
	for ; err == nil; n++ {
		_, err = r.feed(piece)
	}
	if !errors.Is(err, errBodySize) || n != maxBody/len(piece)+1 {
		t.Errorf("%v after %d MiB", err, n)
	}
}

// However a response is cut into pieces, the outcome is the same.
func TestResponsePiecesProperties(t *testing.T) {
	part := rapid.SampledFrom([]string{
		"HTTP/1.1 200 OK\r\n", "HTTP/1.0 200\n", "HTTP/1.1 100 C\r\n", "\r\n", "\n", "Content-Length: 3\r\n",
		"Transfer-Encoding: chunked\r\n", "2\r\nab\r\n", "0\r\n", "abc", "\r", "A: b\r\n",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), "")
		toEOF := rapid.Bool().Draw(t, "to the end")
		var whole, pieces response
		whole.begin(toEOF, false, true)
		pieces.begin(toEOF, false, true)
		_, err1 := parse(&whole, text, 1<<20)
		_, err2 := parse(&pieces, text, rapid.IntRange(1, 5).Draw(t, "size"))
		if err1 != err2 || whole.status != pieces.status || whole.body != pieces.body || whole.digest() != pieces.digest() {
			t.Fatalf("%q: %v, %d, %d; in pieces %v, %d, %d", text, err1, whole.status, whole.body, err2, pieces.status, pieces.body)
		}
	})
}

// FuzzResponse: no input makes the parser panic, keep much, or find a status that is none.
func FuzzResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), byte(3), false)
	f.Add([]byte("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), byte(1), false)
	f.Add([]byte("HTTP/1.1 100 C\r\n\r\nHTTP/1.0 404 No\n\n"), byte(200), true)
	f.Fuzz(func(t *testing.T, data []byte, size byte, toEOF bool) {
		var r response
		r.begin(toEOF, false, true)
		_, err := parse(&r, string(data), int(size)+1)
		if len(r.header) > maxHeader+1 || r.body > int64(len(data)) {
			t.Fatalf("%d bytes of header, %d of body, out of %d", len(r.header), r.body, len(data))
		}
		if err == nil && (r.status < 101 || r.status > 999) {
			t.Fatalf("status %d", r.status)
		}
		r.digest()
	})
}

func TestParseStatus(t *testing.T) {
	tests := []struct {
		in   string
		want StatusRange
		bad  bool
	}{
		{in: "204", want: StatusRange{204, 204}},
		{in: "200-299", want: StatusRange{200, 299}},
		{in: " 200 - 204 ", want: StatusRange{200, 204}},
		{in: "", bad: true}, {in: "-", bad: true}, {in: "200-", bad: true}, {in: "99", bad: true}, {in: "1000", bad: true},
		{in: "300-200", bad: true}, {in: "2xx", bad: true}, {in: "-200", bad: true}, {in: "200-300-400", bad: true},
	}
	for _, tt := range tests {
		got, err := ParseStatus(tt.in)
		if (err != nil) != tt.bad || got != tt.want {
			t.Errorf("%q: %v, %v", tt.in, got, err)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add("200-299")
	f.Add("404")
	f.Fuzz(func(t *testing.T, in string) {
		r, err := ParseStatus(in)
		if err != nil {
			return
		}
		if r.Min < 100 || r.Max > 999 || r.Max < r.Min {
			t.Fatalf("%q gave %+v", in, r)
		}
		if again, err := ParseStatus(r.String()); err != nil || again != r {
			t.Fatalf("%q: %v became %v, %v", in, r, again, err)
		}
	})
}
