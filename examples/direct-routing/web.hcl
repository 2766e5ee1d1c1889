# Answers go from the servers to the clients directly: every server holds
# 192.0.2.100 on lo and does not answer ARP for it.
pool "web" {
  # No request before the first check has passed.
  alpha = true

  real_server "192.0.2.31" { weight = 2 }
  real_server "192.0.2.32" { weight = 2 }
  real_server "192.0.2.33" { weight = 1 }

  check "http" {
    path   = "/healthz"
    status = [200]
    host   = "www.example.org"
  }
}

# Below a healthy weight of 2 the sorry server serves alone. It does so until
# the healthy weight is 3 again, so that one unsteady server does not move the
# service to and fro.
virtual_server "web" {
  address    = "192.0.2.100"
  ports      = [80, 443]
  scheduler  = "wlc"
  forward    = "dr"
  pool       = "web"
  quorum     = 2
  hysteresis = 1

  sorry_server { address = "192.0.2.40" }
}

vrrp_instance "front" {
  interface         = "eth0"
  virtual_router_id = 52
  addresses         = ["192.0.2.100/32"]
}

node "lb1" {
  vrrp_instance "front" { priority = 150 }
}

node "lb2" {}
