package schema

import "testing"

// TestValidateNotify: each mistake with what is said of it, empty for none.
func TestValidateNotify(t *testing.T) {
	tests := []struct {
		name string
		use  func(*Config)
		want string
	}{
		{"umask", func(c *Config) { c.Settings.Umask = "027" }, ""},
		{"umask that is none", func(c *Config) { c.Settings.Umask = "089" }, `error: umask "089" is not an octal number from 0 to 777`},
		{"umask too large", func(c *Config) { c.Settings.Umask = "1777" }, `error: umask "1777" is not an octal number from 0 to 777`},
		{"hook", func(c *Config) { c.Settings.StartupTimeout = maxHook + 1 }, "error: the time limit of a startup or shutdown script is 16m40.000000001s; it is 1s to 16m40s"},
		{"user alone", func(c *Config) { c.Instances[0].Notify = &Notify{Fault: Command{User: "x"}} },
			`error: notify fault of VRRP instance "front" names a user and nothing to run`},
		{"never", func(c *Config) { c.Instances[0].Notify = &Notify{Up: Command{Command: "/x"}} },
			`error: notify up is not for VRRP instance "front": it would never be run`},
		{"relative FIFO", func(c *Config) { c.Settings.FIFOs = []*FIFO{{Path: "f"}} }, `error: notify_fifo "f" is not an absolute path`},
		{"FIFO twice", func(c *Config) { c.Settings.FIFOs = []*FIFO{{Path: "/f"}, {Path: "/f", Events: VRRPEvents}} }, `error: notify_fifo "/f" is declared twice`},
		{"mail", func(c *Config) { c.Settings.Mail = &Mail{To: []string{"a@b"}, Server: "s", Port: 25, Alert: On} }, ""},
		{"mail to nobody", func(c *Config) { c.Settings.Mail = &Mail{Server: "s", Port: 25, Alert: On} }, "warning: mail: nobody is named in `to`; no mail is sent"},
		{"mail by nobody", func(c *Config) { c.Settings.Mail = &Mail{To: []string{"a@b"}, Port: 25} }, "warning: mail: no server is named; no mail is sent"},
		{"two lines", func(c *Config) { c.Settings.Mail = &Mail{To: []string{"a@b\nc"}, Server: "s", Port: 25} }, `error: mail: "a@b\nc" is not a mail address`},
		{"password in the clear", func(c *Config) { c.Settings.Mail = &Mail{Port: 25, TLS: MailPlain, Username: "u"} }, `error: mail: tls = "none" would send the password in the clear`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good()
			tt.use(c)
			got := ""
			for _, d := range c.Validate() {
				got = d.Severity.String() + ": " + d.Summary
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
