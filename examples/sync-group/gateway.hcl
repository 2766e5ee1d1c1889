# Each network elects its own master; the sync group sees to it that both are
# the same machine, because the way back must lead through the connection table
# that the way out made.
sync_group "gateway" {
  instances = ["outside", "inside"]

  # conntrackd copies the connections over eth2. A machine that is cut off from
  # it does not know them: it gives way, and still serves if it is alone.
  track_interface "eth2" { weight = -60 }
}

vrrp_instance "outside" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 61
  advert_interval   = "200ms"
  addresses         = ["192.0.2.100/24"]

  # While master, what the gateway itself sends comes from the address that
  # moves. A backup keeps the default route that the system gave it, which has
  # a higher metric.
  route "default" {
    via    = "192.0.2.1"
    dev    = "eth0"
    source = "192.0.2.100"
    metric = 10
  }
}

# The default router of everybody inside.
vrrp_instance "inside" {
  interface         = "eth1"
  version           = 3
  virtual_router_id = 62
  advert_interval   = "200ms"
  addresses         = ["10.0.0.1/24"]
}

settings {
  router_id = node.name
}
