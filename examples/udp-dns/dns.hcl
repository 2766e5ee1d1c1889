# Name servers answer over TCP, too, and a TCP check sees at once that the
# program is gone.
pool "resolvers" {
  real_server "10.0.0.53:53" {}
  real_server "10.0.0.54:53" {}

  check "tcp" {
    interval = "2s"
    timeout  = "1s"
  }
}

# One packet is one question. With one_packet every datagram is scheduled anew,
# else all of a client's questions from one port stay with one server.
virtual_server "dns-udp" {
  address    = "192.0.2.53"
  ports      = [53]
  protocol   = "udp"
  scheduler  = "rr"
  one_packet = true
  pool       = "resolvers"
}

virtual_server "dns-tcp" {
  address   = "192.0.2.53"
  ports     = [53]
  protocol  = "tcp"
  scheduler = "rr"
  pool      = "resolvers"
}

settings {
  lvs_timeouts { udp = "10s" }
}

# Both nodes serve at once: a routing daemon announces the address from each.
static_address "192.0.2.53/32" { dev = "lo" }

node "lb1" {}
node "lb2" {}
