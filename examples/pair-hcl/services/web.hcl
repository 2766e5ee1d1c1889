virtual_server "web" {
  address   = "192.0.2.100"
  ports     = [80]
  protocol  = "tcp"
  scheduler = "wrr"
  forward   = "nat"
  pool      = "web"
}
