# touch /run/lb1.maintenance takes lb1 out of service; the name is in it so that
# both may share a file system.
track_script "not_in_maintenance" {
  command  = "/usr/bin/test ! -e /run/${node.name}.maintenance"
  interval = "1s"
  weight   = -60
  fall     = 2
  rise     = 2
}

vrrp_instance "front" {
  interface         = "eth0"
  virtual_router_id = 51
  advert_interval   = "1s"
  addresses         = ["192.0.2.100/24"]

  # The web servers' default router: it moves along and is not announced.
  excluded_addresses = [{ address = "10.0.0.1/24", dev = "eth1" }]

  track_script "not_in_maintenance" {}
}
